import Foundation
import Locking
import Logging

/// Writes log lines to standard error: for people, or as one JSON object each for machines.
struct LineLogHandler: LogHandler {
    enum Format: Sendable {
        /// `2026-11-22T18:00:00.123Z info session started session.id=5f3a91c2-17 …`
        case text
        /// `{"time":"…","level":"info","message":"session started","session.id":"5f3a91c2-17",…}`
        case json
    }

    private static let timeStyle = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    private let format: Format
    private let repeats: RepeatedLines?
    private let write: @Sendable (String) -> Void
    private let now: @Sendable () -> Date

    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    /// - Parameters:
    ///   - repeats: counts lines about the same thing; nil if each line is to be written.
    ///   - write: takes a line with its end.
    init(
        format: Format,
        level: Logger.Level,
        repeats: RepeatedLines? = nil,
        now: @escaping @Sendable () -> Date = { Date() },
        write: @escaping @Sendable (String) -> Void
    ) {
        self.format = format
        self.logLevel = level
        self.repeats = repeats
        self.now = now
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        guard let repeats else { return writeLine(event) }
        repeats.log(event, by: self)
    }

    /// Writes one line.
    ///
    /// - Parameter count: for how many lines like this one it stands.
    func writeLine(_ event: LogEvent, standingFor count: Int = 1) {
        var all = metadataProvider?.get() ?? [:]
        all.merge(metadata) { _, new in new }
        all.merge(event.metadata ?? [:]) { _, new in new }
        if count > 1 { all["repeated"] = "\(count)" }
        let time = now().formatted(Self.timeStyle)
        let values = all.sorted { $0.key < $1.key }.map { ($0.key, $0.value.description) }
        switch format {
        case .text: write(text(time, event, values))
        case .json: write(json(time, event, values))
        }
    }

    private func text(_ time: String, _ event: LogEvent, _ values: [(String, String)]) -> String {
        let pairs = values.map { key, value in " \(key)=\(Self.isPlain(value) ? value : Self.quoted(value))" }
        return "\(time) \(event.level) \(event.message)\(pairs.joined())\n"
    }

    private func json(_ time: String, _ event: LogEvent, _ values: [(String, String)]) -> String {
        let fields =
            [("time", time), ("level", event.level.rawValue), ("message", event.message.description)] + values
        return "{\(fields.map { "\(Self.quoted($0)):\(Self.quoted($1))" }.joined(separator: ","))}\n"
    }

    private static func isPlain(_ value: String) -> Bool {
        !value.isEmpty && value.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") }
    }

    /// Control characters, the separators of lines and paragraphs, and what changes the direction of writing: a line must
    /// look like what it is, on a terminal and to programs that split lines as Unicode does.
    private static func breaksLines(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// A JSON string (RFC 8259, section 7): a line stays one line whatever the value holds.
    private static func quoted(_ value: String) -> String {
        // As most are.
        if value.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
        {
            return "\"\(value)\""
        }
        var quoted = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case _ where Self.breaksLines(scalar):
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension LineLogHandler {
    /// The line that takes the place of lines that were dropped.
    static func lost(_ count: Int, in format: Format) -> String {
        let line = LockedBox("")
        let handler = LineLogHandler(format: format, level: .trace) { text in line.withLock { $0 = text } }
        Logger(label: "earshot") { _ in handler }.warning("log lines were dropped", metadata: ["dropped": "\(count)"])
        return line.withLock { $0 }
    }
}
