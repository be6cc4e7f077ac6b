import Foundation
import Locking
import Logging
import Testing

@testable import earshot

@Suite struct LineLogHandlerTests {
    private static let nasty: [String] = [
        "plain", "two words", "", "line\nbreak", "carriage\r\nreturn", "tab\t", "\"quoted\"", "back\\slash", "a=b",
        "\u{0}\u{1}\u{1F}", "\u{7F}\u{85}\u{9F}", "Grüße 日本 👋🏽", "\u{2028}\u{2029}", "\u{202E}evil\u{2066}",
        "\u{1B}[31mred", "{\"json\":1}",
        "e\u{301}",
    ]

    /// What a handler writes.
    private func written(
        _ format: LineLogHandler.Format,
        level: Logger.Level = .info,
        _ log: (Logger) -> Void
    ) -> [String] {
        let lines = LockedBox<[String]>([])
        let logger = Logger(label: "test") { _ in
            LineLogHandler(
                format: format,
                level: level,
                now: { Date(timeIntervalSince1970: 1_700_000_000.25) },
                write: { line in lines.withLock { $0.append(line) } }
            )
        }
        log(logger)
        return lines.withLock(\.self)
    }

    @Test func `a line for people has time, level, message and values in order`() {
        let lines = written(.text) { $0.notice("hello there", metadata: ["b": "2", "a": "one two", "c": ""]) }
        #expect(lines == ["2023-11-14T22:13:20.250Z notice hello there a=\"one two\" b=2 c=\"\"\n"])
    }

    @Test func `a line for machines is one object`() {
        let lines = written(.json) { $0.warning("hello", metadata: ["session.id": "i1-1"]) }
        #expect(
            lines == [
                #"{"time":"2023-11-14T22:13:20.250Z","level":"warning","message":"hello","session.id":"i1-1"}"# + "\n"
            ]
        )
    }

    @Test(arguments: nasty)
    func `whatever a value holds comes back from JSON as it was`(value: String) throws {
        let lines = written(.json) { $0.info("m", metadata: ["value": .string(value)]) }
        let line = try #require(lines.first)
        let object = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
        #expect(object["value"].map { Array($0.unicodeScalars) } == Array(value.unicodeScalars))
        #expect(lines.count == 1)
    }

    @Test(arguments: nasty, [LineLogHandler.Format.text, .json])
    func `whatever a value or a message holds, a line stays one line`(
        value: String,
        format: LineLogHandler.Format
    ) throws {
        let lines = written(format) { $0.info("m", metadata: ["value": .string(value), "next": "1"]) }
        let line = try #require(lines.first)
        #expect(line.hasSuffix("\n"))
        let inner = line.dropLast().unicodeScalars
        #expect(inner.allSatisfy { !$0.properties.isPatternWhitespace || $0 == " " })
        #expect(inner.allSatisfy { $0.properties.generalCategory != .control })
    }

    @Test func `values of several parts are written, too`() {
        let lines = written(.json) { $0.info("m", metadata: ["list": ["a", "b\n"], "map": ["k": "v"]]) }
        let object = try? JSONDecoder().decode([String: String].self, from: Data((lines.first ?? "").utf8))
        #expect(object?["list"]?.contains("a") == true && object?["map"]?.contains("v") == true)
    }

    @Test func `what is below the level is not written`() {
        let lines = written(.text, level: .warning) { logger in
            logger.info("no")
            logger.warning("yes")
        }
        #expect(lines.count == 1)
    }

    @Test func `the line's own values win over the logger's`() {
        let lines = written(.text) { logger in
            var logger = logger
            logger[metadataKey: "key"] = "logger"
            logger[metadataKey: "other"] = "logger"
            logger.info("m", metadata: ["key": "line"])
        }
        #expect(lines.first?.hasSuffix("m key=line other=logger\n") == true)
    }
}
