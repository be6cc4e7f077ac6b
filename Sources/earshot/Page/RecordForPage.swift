import Administration
import Directory
import Logging
import MonitoringRecord

/// The record, as pages show it.
struct RecordForPage: RecordView {
    let store: RecordStore
    let logger: Logger

    var csvHeadings: String { RecordStore.csvHeadings }

    func lines(_ query: RecordViewQuery) async throws -> [RecordViewLine] {
        try await store.entries(RecordQuery(query)).map { entry in
            RecordViewLine(
                sequence: entry.sequence,
                time: entry.time,
                event: entry.event.rawValue,
                fields: Dictionary(uniqueKeysWithValues: entry.fields.map { ($0.key.rawValue, $0.value) })
            )
        }
    }

    func csv(_ query: RecordViewQuery) async throws -> (text: String, last: Int?) {
        let entries = try await store.entries(RecordQuery(query))
        return (RecordStore.csv(entries), entries.count < query.limit ? nil : entries.last?.sequence)
    }

    // MARK: - Sign-ins

    func signedIn(_ account: AccountName, from address: String) async throws {
        try await store.append([RecordDraft(.signedIn, [.subject: account.rawValue, .address: address])])
    }

    func signInRefused(_ name: String, from address: String) async {
        logger.notice("sign-in refused", metadata: ["web.account": "\(name)", "web.address": "\(address)"])
        await append(RecordDraft(.signInRefused, [.subject: name, .address: address]))
    }

    func signedOut(_ account: AccountName, from address: String) async {
        await append(RecordDraft(.signedOut, [.subject: account.rawValue, .address: address]))
    }

    private func append(_ draft: RecordDraft) async {
        do {
            try await store.append([draft])
        } catch {
            logger.error("record cannot be written", metadata: ["error": "\(error)"])
        }
    }
}

extension RecordQuery {
    fileprivate init(_ query: RecordViewQuery) {
        self.init(limit: query.limit)
        supervisor = query.supervisor
        target = query.target
        result = query.result
        from = query.from
        until = query.until
        before = query.before
        events =
            query.isHearing
            ? RecordEvent.hearing : query.event.map { word in Set(RecordEvent(rawValue: word).map { [$0] } ?? []) }
    }
}
