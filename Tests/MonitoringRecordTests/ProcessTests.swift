import Foundation
import MonitoringRecord
import Testing

/// Several processes, and processes that end in the middle of it.
@Suite(.timeLimit(.minutes(2))) struct ProcessTests {
    @Test func `what was acknowledged is there after SIGKILL at any moment, and whole`() async throws {
        let scene = try RecordScene()
        var acknowledged: Appender.Acknowledgement?
        for round in 0..<20 {
            let appender = try Appender(scene.path)
            for _ in 0..<round {
                let next: Appender.Acknowledgement = try #require(appender.next())
                acknowledged = next
            }
            // It goes on meanwhile, so that this is somewhere in the next append.
            appender.kill()
            while let last = appender.next() { acknowledged = last }

            let record = try RecordScene.open(scene.path)
            let head = try await record.head()
            #expect(
                try await record.verify(head: acknowledged?.hash)
                    == .intact(first: 1, last: head.sequence, head: head.hash)
            )
            #expect(head.sequence >= acknowledged?.sequence ?? 0)
            #expect(head.sequence.isMultiple(of: 3), "three are appended at once, or none")
        }
    }

    @Test func `two processes write one chain`() async throws {
        let scene = try RecordScene()
        let appenders = [try Appender(scene.path, times: 50), try Appender(scene.path, times: 50)]
        for appender in appenders {
            while let acknowledged = appender.next() {
                guard case .intact = try await scene.record.verify(head: acknowledged.hash) else {
                    Issue.record("entry \(acknowledged.sequence) does not stand")
                    return
                }
            }
            #expect(appender.status() == 0)
        }
        let head = try await scene.record.head()
        #expect(try await scene.record.verify() == .intact(first: 1, last: 300, head: head.hash))
        let entries = try await scene.record.entries(RecordQuery(limit: 300))
        #expect(Set(entries.map(\.origin)).count == 2)
    }
}

/// The program `record-appender`, running.
private final class Appender {
    struct Acknowledgement {
        let sequence: Int
        let hash: RecordHash
    }

    private let process = Process()
    private let output = Pipe()
    private var unread = Data()

    /// - Parameter times: how often it appends; nil for ever.
    init(_ path: String, times: Int? = nil) throws {
        let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = products.appending(path: "record-appender")
        process.arguments = [path] + (times.map { ["\($0)"] } ?? [])
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    /// What it says next; nil when it has ended.
    func next() -> Acknowledgement? {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                let words = String(decoding: unread[..<end], as: UTF8.self).split(separator: " ")
                unread = Data(unread[(end + 1)...])
                guard words.count == 2, let sequence = Int(words[0]), let hash = RecordHash(String(words[1])) else {
                    return nil
                }
                return Acknowledgement(sequence: sequence, hash: hash)
            }
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { return nil }
            unread += more
        }
    }

    func kill() { Glibc.kill(process.processIdentifier, SIGKILL) }

    func status() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }
}
