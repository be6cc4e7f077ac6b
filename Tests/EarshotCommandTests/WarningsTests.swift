import Foundation
import Monitoring
import PrometheusMetrics
import Testing

@testable import earshot

/// The document for operations has every warning and error that the log can hold, and no other.
@Suite struct WarningsTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../..").standardizedFileURL
    private static let document = root.appending(path: "Sources/earshot/Documentation.docc/Warnings.md")

    /// What is no part of the program that serves.
    private static let others = ["ARITestSupport", "LabSupport", "earshot-lab"]

    private static func sources() throws -> [(name: String, text: String)] {
        let folder = root.appending(path: "Sources")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path(percentEncoded: false))
        return try paths.filter { path in
            path.hasSuffix(".swift") && !others.contains { path.hasPrefix($0 + "/") }
        }.map { (name: $0, text: try String(contentsOf: folder.appending(path: $0), encoding: .utf8)) }
    }

    @Test func `each message of a warning or an error has an entry, and each entry a message`() throws {
        var logged: [String: Set<LogCall.Level>] = [:]
        for (name, text) in try Self.sources() {
            for call in LogCall.all(in: text) {
                #expect(!call.messages.isEmpty, "\(name): a message that is no literal: \(call.text)")
                for message in call.messages { logged[message, default: []].insert(call.level) }
            }
        }
        #expect(logged.count >= 25, "the sources were not found, or are not understood")
        let entries = try Entry.all(in: String(contentsOf: Self.document, encoding: .utf8))
        let explained = entries.map(\.message)
        #expect(Set(logged.keys).subtracting(explained) == [], "has no entry in Warnings.md")
        #expect(Set(explained).subtracting(logged.keys) == [], "is logged nowhere")
        #expect(Set(explained).count == explained.count, "stands there twice")
        for entry in entries {
            #expect(logged[entry.message, default: []].map(\.rawValue) == [entry.level], "\(entry.message)")
            #expect(entry.saysWhatToDo, "\(entry.message): what is to be done?")
        }
    }

    @Test func `each message of the log's table that is a warning or worse is explained`() throws {
        let log = Self.root.appending(path: "Sources/earshot/Documentation.docc/Log.md")
        let listed = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
            .filter { $0.contains(/^\| `.*\| [a-z, ]*(warning|error|critical)/) }
        #expect(listed.count >= 15)
        let explained = try Entry.all(in: String(contentsOf: Self.document, encoding: .utf8)).map(\.message)
        for line in listed where !line.contains("recording started") {
            let messages = line.split(separator: "|")[0].matches(of: /`([^`]+)`/).map { String($0.1) }
            for message in messages { #expect(explained.contains(message), "\(message)") }
        }
    }

    @Test func `every metric is listed for operations, and no other`() throws {
        let document = Self.root.appending(path: "Sources/earshot/Documentation.docc/Metrics.md")
        let text = try String(contentsOf: document, encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let listed = rows.flatMap { row in
            row.split(separator: "|")[0].matches(of: /`((?:earshot|process)_[a-z_]+)`/).map { String($0.1) }
        }
        #expect(Set(listed) == Set(MetricDescription.all.map(\.name)))
        #expect(Set(listed).count == listed.count)
    }

    @Test func `calls are found however they are written`() {
        let text = """
            logger.warning("one", metadata: ["a": "b, c"])
            logger.error(
                "two (of \\"many\\")",
                metadata: Logger.Metadata([.error: String(describing: error)])
            )
            logger.log(
                level: isNews ? .warning : .debug,
                wasConnected ? "three" : "four",
                metadata: metadata
            )
            logger.log(.error, "five", [.error: "\\(error)"])
            logger.log(level: x ? .debug : .info, "no", metadata: [:])
            logger.log(.debug, "no", [:])
            Logger(label: "x") { _ in handler }.critical("six")
            logger.notice("no")
            report(.warning(warning))
            logger.warning(message, metadata: [:])
            """
        let calls = LogCall.all(in: text)
        #expect(calls.map(\.messages) == [["one"], ["two (of \"many\")"], ["three", "four"], ["five"], ["six"], []])
        #expect(calls.map(\.level) == [.warning, .error, .warning, .error, .critical, .warning])
    }
}

/// A call that may write a warning or worse.
private struct LogCall {
    enum Level: String, CaseIterable {
        case warning
        case error
        case critical
    }

    let level: Level
    /// What it may say.
    let messages: [String]
    let text: String

    static func all(in source: String) -> [LogCall] {
        source.matches(of: /(logger|\})?\.(warning|error|critical|log)\(/).compactMap { match -> LogCall? in
            let arguments = Arguments(source[match.range.upperBound...])
            let isOfLogger = match.1 != nil
            guard let first = arguments.all.first else { return nil }
            if match.2 != "log" {
                // Many enumerations have a case of this name.
                guard isOfLogger, let level = Level(rawValue: String(match.2)) else { return nil }
                return LogCall(level: level, messages: Arguments.literals(in: first), text: arguments.text)
            }
            guard isOfLogger, arguments.all.count > 1, let level = highest(in: first) else { return nil }
            return LogCall(level: level, messages: Arguments.literals(in: arguments.all[1]), text: arguments.text)
        }
    }

    private static func highest(in expression: String) -> Level? {
        Level.allCases.last { expression.contains(".\($0.rawValue)") }
    }
}

/// The arguments of a call.
private struct Arguments {
    private(set) var all: [String] = []
    /// As they stand there.
    private(set) var text = ""

    /// - Parameter source: from behind the opening parenthesis on.
    init(_ source: Substring) {
        var depth = 0
        var isInLiteral = false
        var isEscaped = false
        var argument = ""
        for character in source {
            if !isInLiteral, depth == 0, character == ")" { break }
            text.append(character)
            if !isInLiteral, depth == 0, character == "," {
                all.append(argument)
                argument = ""
                continue
            }
            argument.append(character)
            if isInLiteral {
                // An interpolation with a literal in it would be misread; messages have none.
                if character == "\"", !isEscaped { isInLiteral = false }
                isEscaped = character == "\\" && !isEscaped
            } else if character == "\"" {
                isInLiteral = true
            } else if "([{".contains(character) {
                depth += 1
            } else if ")]}".contains(character) {
                depth -= 1
            }
        }
        all.append(argument)
    }

    /// The texts of an expression's literals.
    static func literals(in expression: String) -> [String] {
        expression.matches(of: /"((?:[^"\\]|\\.)*)"/).map { match in
            String(match.1).replacing("\\\"", with: "\"")
        }
    }
}

/// What the document says of one message.
private struct Entry {
    let message: String
    /// `warning`, `error` or `critical`.
    let level: String
    let saysWhatToDo: Bool

    static func all(in document: String) -> [Entry] {
        let sections = "\n\(document)".split(separator: "\n### ").dropFirst()
        return sections.flatMap { section -> [Entry] in
            // The next part of the document is none of it.
            let lines = section.prefix(upTo: section.firstRange(of: "\n## ")?.lowerBound ?? section.endIndex)
                .split(separator: "\n").map(String.init)
            let level = lines.dropFirst().first?.prefix { $0 != "." }.lowercased() ?? ""
            let saysWhatToDo = lines.contains { $0.hasPrefix("Do: ") }
            return lines[0].matches(of: /`([^`]+)`/).map { match in
                Entry(message: String(match.1), level: level, saysWhatToDo: saysWhatToDo)
            }
        }
    }
}
