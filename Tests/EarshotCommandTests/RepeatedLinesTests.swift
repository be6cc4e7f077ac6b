import ARITestSupport
import Foundation
import Locking
import Logging
import ServiceLifecycleTestKit
import Testing

@testable import earshot

/// Lines about the same thing are counted, and no other line gets lost.
@Suite(.timeLimit(.minutes(1))) struct RepeatedLinesTests {
    /// A log whose time the test moves.
    private struct Log: Sendable {
        let clock = ManualClock()
        let written = LockedBox<[String]>([])
        let repeats: RepeatedLines
        let logger: Logger

        init() {
            let (time, lines) = (self.clock, self.written)
            let repeats = RepeatedLines { time.now.offset }
            self.repeats = repeats
            logger = Logger(label: "test") { _ in
                LineLogHandler(format: .text, level: .debug, repeats: repeats) { line in
                    // Without time and end.
                    let text = String(line.dropLast().drop { $0 != " " }.dropFirst())
                    lines.withLock { $0.append(text) }
                }
            }
        }

        func refused(_ supervisor: String, _ reason: String = "no_permission", session: Int = 1) {
            logger.notice(
                "supervisor refused",
                metadata: [
                    "supervisor.ext": "\(supervisor)", "permission.reason": "\(reason)", "session.id": "i-\(session)",
                ]
            )
        }

        var lines: [String] { written.withLock(\.self) }
    }

    private static func line(_ supervisor: String, session: Int, repeated: Int? = nil) -> String {
        let count = repeated.map { " repeated=\($0)" } ?? ""
        return "notice supervisor refused permission.reason=no_permission\(count) session.id=i-\(session)"
            + " supervisor.ext=\(supervisor)"
    }

    @Test func `the first line is written at once, and the next one after a minute stands for all since`() {
        let log = Log()
        for session in 1...50 { log.refused("305", session: session) }
        #expect(log.lines == [Self.line("305", session: 1)])
        log.clock.advance(by: .seconds(60))
        log.refused("305", session: 51)
        log.refused("305", session: 52)
        #expect(Array(log.lines.dropFirst()) == [Self.line("305", session: 51, repeated: 50)])
    }

    @Test func `what was held back is written when its minute is over, also when nothing follows`() {
        let log = Log()
        for session in 1...3 { log.refused("305", session: session) }
        log.clock.advance(by: .seconds(59))
        log.repeats.writeDue()
        #expect(log.lines.count == 1)
        log.clock.advance(by: .seconds(1))
        log.repeats.writeDue()
        #expect(Array(log.lines.dropFirst()) == [Self.line("305", session: 3, repeated: 2)])
        // A minute without one: the next one is the first again.
        log.clock.advance(by: .seconds(60))
        log.repeats.writeDue()
        log.refused("305", session: 4)
        #expect(log.lines.last == Self.line("305", session: 4))
    }

    @Test func `one line that was held back is a line like any other`() {
        let log = Log()
        log.refused("305", session: 1)
        log.refused("305", session: 2)
        log.repeats.flush()
        #expect(log.lines == [Self.line("305", session: 1), Self.line("305", session: 2)])
    }

    @Test func `other supervisors, reasons and levels are other things`() {
        let log = Log()
        log.refused("305")
        log.refused("306")
        log.refused("305", "unknown_extension")
        log.logger.warning("supervisor refused", metadata: ["supervisor.ext": "305"])
        #expect(log.lines.count == 4)
    }

    @Test func `the story of a session is told line by line, and so is everything at a lower level`() {
        let log = Log()
        let story: [(Logger.Level, Logger.Message)] = [
            (.info, "session started"), (.info, "mode changed"), (.notice, "session cannot go on"),
            (.info, "session ended"), (.error, "something could not be removed"),
            (.error, "record cannot be written, and monitoring goes on"), (.notice, "record head"),
            (.notice, "sign-in refused"), (.debug, "request to Asterisk failed"),
        ]
        for (level, message) in story + story + story { log.logger.log(level: level, message, metadata: [:]) }
        #expect(log.lines.count == 3 * story.count)
    }

    @Test func `nothing is held back for ever when the process ends`() {
        let log = Log()
        for session in 1...7 { log.refused("305", session: session) }
        log.repeats.flush()
        #expect(Array(log.lines.dropFirst()) == [Self.line("305", session: 7, repeated: 6)])
        log.repeats.flush()
        #expect(log.lines.count == 2)
    }

    @Test func `of more things than are remembered each line is written, until some are over`() {
        let log = Log()
        for number in 1...RepeatedLines.mostSubjects { log.refused("\(number)") }
        for _ in 1...3 { log.refused("one too many") }
        #expect(log.lines.count == RepeatedLines.mostSubjects + 3)
        log.clock.advance(by: .seconds(60))
        for _ in 1...3 { log.refused("one too many") }
        #expect(log.lines.count == RepeatedLines.mostSubjects + 4)
    }

    @Test func `while the service runs, it is looked for what is due`() async throws {
        let log = Log()
        log.refused("305", session: 1)
        log.refused("305", session: 2)
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await RepeatedLinesReport(lines: log.repeats, clock: log.clock).run() }
                try await log.clock.waitForSleepers()
                log.clock.advance(by: .seconds(60))
                // It sleeps again when it has looked.
                try await log.clock.waitForSleepers()
                #expect(log.lines.count == 2)
                trigger.triggerGracefulShutdown()
                try await group.waitForAll()
            }
        }
    }

    @Test func `the documents know every message that is counted, and each warning is counted or single`() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/earshot/Documentation.docc").standardizedFileURL
        let log = try String(contentsOf: folder.appending(path: "Log.md"), encoding: .utf8)
        let warnings = try String(contentsOf: folder.appending(path: "Warnings.md"), encoding: .utf8)
        let rows = (log + warnings).split(separator: "\n").filter { $0.hasPrefix("| `") }
        let marked = rows.filter { $0.contains("; counted") }.flatMap { row in
            row.split(separator: "|")[0].matches(of: /`([^`]+)`/).map { String($0.1) }
        }
        #expect(Set(marked) == Set(RepeatedLines.subjects.keys))
        let headings = warnings.split(separator: "\n").filter { $0.hasPrefix("### `") }.flatMap { heading in
            heading.matches(of: /`([^`]+)`/).map { String($0.1) }
        }
        #expect(headings.count >= 25)
        let undecided = Set(headings).subtracting(RepeatedLines.subjects.keys).subtracting(Self.single)
        #expect(undecided == [], "can it come hundreds of times? Then it belongs into RepeatedLines.subjects")
    }

    /// Each of these lines is the only trace of something, or cannot come often.
    private static let single: Set<String> = [
        // As often as a connection is tried, each reason once.
        "cannot connect to Asterisk", "disconnected from Asterisk",
        // Of one session or one thing.
        "recording failed", "something could not be removed", "something left over cannot be removed",
        "something left over was removed", "record cannot be written, and monitoring goes on",
        // Once.
        "ended by an error", "sessions did not end in time", "this release of Asterisk has known faults",
        // Counts itself.
        "log lines were dropped",
    ]
}
