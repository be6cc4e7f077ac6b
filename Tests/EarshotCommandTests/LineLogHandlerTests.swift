import Foundation
import Locking
import Logging
import Testing

@testable import earshot

@Suite struct LineLogHandlerTests {
    /// What is written for one log call.
    private func line(
        _ format: LineLogHandler.Format,
        level: Logger.Level = .info,
        message: Logger.Message = "session started",
        _ metadata: Logger.Metadata = [:]
    ) -> String {
        let written = LockedBox("")
        var logger = Logger(label: "test") { _ in
            LineLogHandler(
                format: format,
                level: .info,
                now: { Date(timeIntervalSince1970: 1_800_000_000.5) },
                write: { line in written.withLock { $0 += line } }
            )
        }
        logger[metadataKey: "ari.app"] = "earshot"
        logger.log(level: level, message, metadata: metadata)
        return written.withLock { $0 }
    }

    @Test func `a line for people has time, level, message and sorted keys`() {
        #expect(
            line(.text, ["session.id": "a-1", "error": "two words"])
                == "2027-01-15T08:00:00.500Z info session started ari.app=earshot error=\"two words\" session.id=a-1\n"
        )
    }

    @Test(arguments: ["plain", "quote \" and \\", "line\nbreak", "bell \u{7} tab \t", "žluťoučký 🦻", "\u{9B}31m", ""])
    func `a line of JSON stays one line, and is what was said`(value: String) throws {
        let line = line(.json, ["error": .string(value)])
        #expect(line.hasSuffix("}\n"))
        #expect(line.dropLast().allSatisfy { !$0.isNewline })
        let object = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
        #expect(
            object == [
                "time": "2027-01-15T08:00:00.500Z", "level": "info", "message": "session started",
                "ari.app": "earshot", "error": value,
            ]
        )
    }

    @Test func `a value for people stays in its line`() {
        #expect(line(.text, ["error": "a\nfake info line"]).count { $0.isNewline } == 1)
    }

    @Test func `what is below the level is not written`() {
        #expect(line(.json, level: .debug).isEmpty)
    }
}
