import Crypto
import FoundationEssentials

/// Something that is to be written into the record.
package struct RecordDraft: Hashable, Sendable {
    package let event: RecordEvent
    package let fields: [RecordField: String]

    /// - Parameter fields: those with a value; an empty one is left out.
    package init(_ event: RecordEvent, _ fields: [RecordField: String?] = [:]) {
        self.event = event
        self.fields = fields.compactMapValues { $0 }.filter { !$0.value.isEmpty }
    }
}

/// One entry of the record.
package struct RecordEntry: Hashable, Sendable {
    /// Counts from 1, without a gap.
    package let sequence: Int
    /// Milliseconds since 1970, UTC. Never less than in the entry before, whatever the machine's clock does.
    package let time: Int64
    /// Which Earshot wrote it, such as `earshot-5f3a91c2`.
    package let origin: String
    package let event: RecordEvent
    package let fields: [RecordField: String]

    package init(sequence: Int, time: Int64, origin: String, event: RecordEvent, fields: [RecordField: String]) {
        self.sequence = sequence
        self.time = time
        self.origin = origin
        self.event = event
        self.fields = fields
    }

    /// The canonical encoding, which is what is stored and what is hashed: see this module's README.
    package var text: String {
        var members = [
            ("event", Self.quoted(event.rawValue)), ("origin", Self.quoted(origin)), ("sequence", "\(sequence)"),
            ("time", "\(time)"),
        ]
        members += fields.map { ($0.key.rawValue, Self.quoted($0.value)) }
        // No two names are the same, and all are made of ASCII letters and underscores.
        members.sort { $0.0 < $1.0 }
        return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }

    /// Reads a text that ``text`` has made.
    ///
    /// - Throws: `DecodingError` for any other.
    package init(text: String) throws {
        self = try JSONDecoder().decode(RecordEntry.self, from: Data(text.utf8))
    }

    /// A JSON string as RFC 8785 (3.2.2.2) writes it.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\u{8}": quoted += "\\b"
            case "\u{C}": quoted += "\\f"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension RecordEntry: Decodable {
    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let word = try container.decode(String.self, forKey: Key(stringValue: "event"))
        guard let event = RecordEvent(rawValue: word) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: container.codingPath, debugDescription: "\(word) is no event")
            )
        }
        var fields: [RecordField: String] = [:]
        for key in container.allKeys {
            guard let field = RecordField(rawValue: key.stringValue) else { continue }
            fields[field] = try container.decode(String.self, forKey: key)
        }
        self.init(
            sequence: try container.decode(Int.self, forKey: Key(stringValue: "sequence")),
            time: try container.decode(Int64.self, forKey: Key(stringValue: "time")),
            origin: try container.decode(String.self, forKey: Key(stringValue: "origin")),
            event: event,
            fields: fields
        )
    }
}

/// The hash of an entry: SHA-256 over the hash of the entry before it and this entry's text.
package struct RecordHash: Hashable, Sendable, CustomStringConvertible {
    let bytes: Data

    /// What stands before the first entry.
    static let beginning = RecordHash(bytes: Data(count: SHA256.byteCount))

    init(bytes: Data) { self.bytes = bytes }

    /// Reads 64 hexadecimal digits; nil for anything else.
    package init?(_ text: String) {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count == text.count, digits.count == 2 * SHA256.byteCount else { return nil }
        bytes = Data(stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }

    /// The hash of the entry with this text, after this one.
    func following(_ text: String) -> RecordHash {
        var hash = SHA256()
        hash.update(data: bytes)
        hash.update(data: Data(text.utf8))
        return RecordHash(bytes: Data(hash.finalize()))
    }

    /// 64 hexadecimal digits.
    package var description: String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
