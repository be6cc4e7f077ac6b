import Foundation
import Monitoring

/// The fields of a form or of a query (`application/x-www-form-urlencoded`). A field may stand there more than once.
struct Form: Sendable {
    private let values: [String: [String]]

    init(_ text: String) {
        var values: [String: [String]] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(parts[0]) else { continue }
            // What is not UTF-8 is not there.
            guard let value = parts.count > 1 ? Self.decoded(parts[1]) : "" else { continue }
            values[name, default: []].append(value)
        }
        self.values = values
    }

    subscript(name: String) -> String? { values[name]?.first }

    /// Without spaces at the ends; nil for nothing.
    func text(_ name: String) -> String? {
        guard let value = self[name]?.trimmed, !value.isEmpty else { return nil }
        return String(value)
    }

    func all(_ name: String) -> [String] { values[name] ?? [] }

    private static func decoded(_ text: Substring) -> String? {
        String(text.map { $0 == "+" ? " " : $0 }).removingPercentEncoding
    }
}

extension String {
    /// As it may stand in a path or a query.
    var percentEncoded: String {
        let unreserved = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8)
        return utf8.map { byte in
            unreserved.contains(byte)
                ? String(decoding: [byte], as: UTF8.self)
                : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
