import Administration
import Directory
import Logging
import MonitoringRecord

/// The record, for the pages.
struct RecordForPage: RecordView {
    let store: RecordStore
    let logger: Logger

    func entries(_ query: RecordQuery) async throws -> [RecordEntry] { try await store.entries(query) }

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
