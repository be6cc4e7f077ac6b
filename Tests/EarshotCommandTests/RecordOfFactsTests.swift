import EarshotService
import Logging
import Monitoring
import MonitoringRecord
import Testing

@testable import earshot

/// What happens in sessions stands in the record, however much there is of it.
@Suite(.timeLimit(.minutes(1))) struct RecordOfFactsTests {
    private static func draft(_ number: Int) -> RecordDraft { RecordDraft(.waiting, [.session: "s-\(number)"]) }

    /// Who has dialled no extension.
    private static func supervisor(_ number: Int) -> Supervisor {
        Supervisor(
            leg: LegID(node: NodeID("pbx"), channel: ChannelID("\(number)")),
            endpoint: EndpointName(technology: "PJSIP", resource: "305"),
            dialled: "*91"
        )
    }

    /// What is told of them.
    private static func refusal(_ number: Int) -> [SessionFact] {
        var registry = SessionRegistry(RegistryConfiguration(), instance: "i\(number)")
        let supervisor = supervisor(number)
        let commands = registry.handle(.supervisorArrived(Arrival(supervisor)), from: supervisor.node, at: .zero)
        return commands.compactMap { if case .publish(let fact) = $0 { fact } else { nil } }
    }

    private static func write(to record: KeptRecord) async throws {
        let target = TargetChannel(
            id: ChannelID("agent"),
            name: "PJSIP/101-1",
            endpoint: EndpointName(technology: "PJSIP", resource: "101"),
            isUp: true,
            isBridged: true,
            isProtected: false,
            createdAt: 1
        )
        let line = RecordLine(
            occasion: .started,
            mode: .listen,
            extension: try Extension("101"),
            target: target,
            supervisor: try Extension("305")
        )
        try await record.write(line, of: SessionID(instance: "i", number: 1), by: supervisor(1))
    }

    @Test func `each attempt of somebody who dials in a loop is an entry, in their order`() async throws {
        let scratch = try Scratch()
        let store = try Store(path: scratch.path("earshot.db"), templates: [.standard], origin: "earshot-test")
        let (facts, continuation) = AsyncStream.makeStream(of: SessionFact.self)
        for number in 1...200 {
            for fact in Self.refusal(number) { continuation.yield(fact) }
        }
        continuation.finish()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        await RecordOfFacts(store: store.record, keepsNumbers: false, logger: logger).receive(facts)
        let entries = try await store.record.entries(RecordQuery(limit: 1000)).reversed()
        #expect(entries.compactMap { $0.fields[.session] } == (1...200).map { "i\($0)-1" })
        #expect(entries.allSatisfy { $0.event == .refused && $0.fields[.result] == "bad_code" })
        // Until here the folder is there.
        #expect(!scratch.path("earshot.db").isEmpty)
    }

    @Test func `a line too many is refused at once, and so is whoever needed it`() async throws {
        let scratch = try Scratch()
        let store = try Store(path: scratch.path("earshot.db"), templates: [.standard], origin: "earshot-test")
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var record = KeptRecord(store: store.record, isRequired: true, keepsNumbers: false, logger: logger)
        try await Self.write(to: record)
        record.mostWaiting = 0
        let refused = record
        await #expect(throws: RecordUnavailable.self) { try await Self.write(to: refused) }
        #expect(try await store.record.entries(RecordQuery()).count == 1)
        // Until here the folder is there.
        #expect(!scratch.path("earshot.db").isEmpty)
    }

    @Test func `what cannot be written comes before what has come meanwhile`() {
        var entries = UnwrittenEntries()
        for number in 1...3 { entries.add(Self.draft(number)) }
        let taken = entries.take()
        #expect(entries.isEmpty && taken.entries == (1...3).map { Self.draft($0) })
        entries.add(Self.draft(4))
        entries.putBack(taken)
        #expect(entries.take().entries == (1...4).map { Self.draft($0) })
        #expect(entries.isEmpty)
    }

    @Test func `of more than are kept the oldest are lost, which is written in their place`() {
        var entries = UnwrittenEntries()
        for number in 1...UnwrittenEntries.limit + 1 { entries.add(Self.draft(number)) }
        let lost = entries.lost
        #expect(lost == UnwrittenEntries.limit / 100 + 1)
        let first = entries.take().entries
        #expect(first.count == UnwrittenEntries.mostAtOnce + 1)
        #expect(first.first == RecordDraft(.entriesLost, [.count: "\(lost)"]))
        #expect(first.dropFirst().first == Self.draft(lost + 1))
        #expect(entries.lost == 0, "it is told once")
    }
}
