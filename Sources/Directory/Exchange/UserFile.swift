import FoundationEssentials
package import Monitoring
import Storage
import SwiftCSV
import Yams

/// A file with users, for import and export: CSV with a line of headings, or YAML with a list of mappings; ``UserField`` names the
/// columns and keys.
package enum UserFile: String, CaseIterable, Sendable {
    case csv
    case yaml

    /// By the ending of the file's name; nil for another one.
    package init?(path: String) {
        switch path.split(separator: ".").last?.lowercased() {
        case "csv": self = .csv
        case "yaml", "yml": self = .yaml
        default: return nil
        }
    }

    /// What a file says of one user: an edit, so that what it does not mention stays as it is.
    package struct Entry: Hashable, Sendable {
        package let `extension`: Extension
        package let edit: UserEdit
    }

    // MARK: - Writing

    package func text(of users: [User]) -> String {
        switch self {
        case .csv:
            let headings = UserField.allCases.map(\.rawValue)
            let lines = users.map { user in UserField.allCases.map { $0.text(of: user) } }
            return ([headings] + lines).map(CommaSeparated.line).joined()
        case .yaml:
            let nodes = users.map { user in
                Node(UserField.allCases.map { (Node($0.rawValue), Node($0.text(of: user), Tag(.str), .doubleQuoted)) })
            }
            return (try? Yams.serialize(node: Node(nodes), allowUnicode: true)) ?? ""
        }
    }

    // MARK: - Reading

    /// - Throws: ``UserFileError``: the first that was found.
    package func entries(in text: String) throws(UserFileError) -> [Entry] {
        let rows =
            switch self {
            case .csv: try Self.csvRows(text)
            case .yaml: try Self.yamlRows(text)
            }
        var entries: [Entry] = []
        var seen: Set<Extension> = []
        for (index, row) in rows.enumerated() {
            // The line of a CSV file, without its headings, or the place in a YAML list.
            let number = index + 1
            if let unknown = row.keys.sorted().first(where: { UserField(rawValue: $0) == nil }) {
                throw .unknownField(unknown, number)
            }
            guard let digits = row[UserField.extension.rawValue] else { throw .noExtension(number) }
            guard let owner = try? Extension(digits) else {
                throw .field(UserFieldError(field: .extension, text: digits, reason: .noExtension), number)
            }
            guard seen.insert(owner).inserted else { throw .twice(owner, number) }
            var edit = UserEdit()
            for field in UserField.allCases {
                guard let text = row[field.rawValue] else { continue }
                do {
                    try field.read(text, into: &edit)
                } catch {
                    throw .field(error, number)
                }
            }
            entries.append(Entry(extension: owner, edit: edit))
        }
        return entries
    }

    private static func csvRows(_ text: String) throws(UserFileError) -> [[String: String]] {
        // Spreadsheets begin a file with a byte order mark.
        let text = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
        guard !text.isEmpty else { return [] }
        do {
            let file = try CSV<Named>(string: text, loadColumns: false)
            return file.rows.filter { !$0.values.allSatisfy(\.isEmpty) }.map { row in
                var read: [String: String] = [:]
                for (key, value) in row {
                    let value = String(value.trimmed)
                    read[String(key.trimmed).lowercased()] = value.hasPrefix("'") ? String(value.dropFirst()) : value
                }
                return read
            }
        } catch {
            throw .unreadable("\(error)")
        }
    }

    private static func yamlRows(_ text: String) throws(UserFileError) -> [[String: String]] {
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            throw .unreadable("\(error)")
        }
        guard let node else { return [] }
        guard let list = node.sequence else { throw .unreadable("must be a list of users") }
        var rows: [[String: String]] = []
        for (index, element) in list.enumerated() {
            guard let mapping = element.mapping else { throw .unreadable("user \(index + 1) has no keys") }
            var row: [String: String] = [:]
            for (key, value) in mapping {
                guard let key = key.string, let text = value.scalar?.string else {
                    throw .unreadable("user \(index + 1): \(key.string ?? "a key") must be a text")
                }
                row[key] = text
            }
            rows.append(row)
        }
        return rows
    }
}

/// Why a file with users was not understood.
package enum UserFileError: Error, Hashable, Sendable, CustomStringConvertible {
    case unreadable(String)
    case unknownField(String, Int)
    case noExtension(Int)
    case twice(Extension, Int)
    case field(UserFieldError, Int)

    package var description: String {
        switch self {
        case .unreadable(let reason): "the file cannot be understood: \(reason)"
        case .unknownField(let name, let number):
            "user \(number): \"\(name)\" is no field; there are \(UserField.allCases.map(\.rawValue).joined(separator: ", "))"
        case .noExtension(let number): "user \(number) has no extension"
        case .twice(let owner, let number): "user \(number): extension \(owner) stands in the file twice"
        case .field(let error, let number): "user \(number): \(error)"
        }
    }
}
