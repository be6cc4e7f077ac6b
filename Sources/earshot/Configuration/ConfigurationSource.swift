import Configuration
import FoundationEssentials
import Monitoring
import Yams

/// Reads settings from the environment and a YAML file; the environment wins.
struct ConfigurationSource {
    private let environment: ConfigReader
    private let environmentKeys: Set<String>
    private let file: ConfigReader
    private let fileValues: [String: FileValue]
    private let path: String

    /// What stands in the file.
    private enum FileValue {
        case scalar(String)
        case list([String])
        /// Nothing, or keys where a value should be.
        case none
    }

    /// Between the elements of a list, on their way to the reader. In YAML it can only be written as an escape (YAML 1.2, 5.1),
    /// which is refused.
    private static let separator: Character = "\u{1F}"

    /// - Parameter path: the configuration file; nil for none.
    /// - Throws: ``ConfigurationProblem`` when the file cannot be read, or a key is not one of ``Setting``.
    init(path: String?, environment variables: [String: String]) throws(ConfigurationProblem) {
        let ours = variables.filter { name, _ in
            name.hasPrefix(Setting.environmentPrefix) && !name.hasPrefix(Setting.labPrefix)
        }
        environmentKeys = Set(ours.keys)
        environment = Self.reader(of: ours)
        let known = Set(Setting.all.map(\.environmentVariable))
        if let unknown = environmentKeys.subtracting(known).sorted().first {
            throw ConfigurationProblem(key: unknown, source: "environment", reason: Self.unknownKey)
        }
        self.path = path ?? "configuration file"
        fileValues = try path.map { path throws(ConfigurationProblem) in try Self.values(of: path) } ?? [:]
        if let unknown = Set(fileValues.keys).subtracting(Self.settings.keys).sorted().first {
            throw ConfigurationProblem(key: unknown, source: self.path, reason: Self.unknownKey)
        }
        var texts: [String: String] = [:]
        for (key, value) in fileValues {
            guard let name = Self.settings[key]?.environmentVariable else { continue }
            switch value {
            case .scalar(let text): texts[name] = text
            case .list(let elements): texts[name] = elements.joined(separator: String(Self.separator))
            case .none: break
            }
        }
        file = Self.reader(of: texts, separator: Self.separator)
    }

    /// Reads both places in the same way, so that a text means the same in each.
    private static func reader(of variables: [String: String], separator: Character = ",") -> ConfigReader {
        ConfigReader(
            provider: EnvironmentVariablesProvider(environmentVariables: variables, arraySeparator: separator)
                .prefixKeys(with: "earshot")
        )
    }

    private static let unknownKey = "unknown key; `earshot serve --help` lists the known ones"

    /// The values of a YAML file, by keys such as `ari.url`.
    private static func values(of path: String) throws(ConfigurationProblem) -> [String: FileValue] {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ConfigurationProblem(key: nil, source: path, reason: "cannot be read")
        }
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            throw ConfigurationProblem(key: nil, source: path, reason: Self.reason(error))
        }
        guard let mapping = node?.mapping else {
            throw ConfigurationProblem(key: nil, source: path, reason: "holds no keys; without settings, leave it out")
        }
        return try flatten(mapping, under: "", path)
    }

    /// What is wrong with the YAML, and where. Yams' own description also shows the line, which may hold the password.
    private static func reason(_ error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _)?, .parser(_, let problem, let mark, _)?,
            .composer(_, let problem, let mark, _)?:
            "is not YAML: line \(mark.line), column \(mark.column): \(problem)"
        case .duplicatedKeysInMapping(_, let context)?:
            "is not YAML: a key stands twice in what begins in line \(context.mark.line)"
        default:
            "is not YAML"
        }
    }

    private static func flatten(
        _ mapping: Node.Mapping,
        under prefix: String,
        _ path: String
    ) throws(ConfigurationProblem) -> [String: FileValue] {
        var values: [String: FileValue] = [:]
        for (key, node) in mapping {
            let name = prefix + (key.string ?? "?")
            // What stands below a setting is a bad value, not a key: it may be the password.
            if let inner = node.mapping, settings[name] == nil {
                values.merge(try flatten(inner, under: name + ".", path)) { first, _ in first }
            } else if let elements = node.sequence {
                let texts = elements.compactMap(\.scalar?.string).filter { !$0.contains(separator) }
                guard texts.count == elements.count else {
                    throw ConfigurationProblem(key: name, source: path, reason: "must be a list of texts")
                }
                values[name] = .list(texts)
            } else if let scalar = node.scalar, !scalar.isNull {
                values[name] = .scalar(scalar.string)
            } else {
                values[name] = FileValue.none
            }
        }
        return values
    }

    private static let settings = Dictionary(Setting.all.map { ($0.key, $0) }) { first, _ in first }

    // MARK: - Values

    /// A value with the name under which it was given, for messages.
    struct Found<Value> {
        var value: Value
        var key: String
        var source: String

        func problem(_ reason: String) -> ConfigurationProblem {
            ConfigurationProblem(key: key, source: source, reason: reason)
        }
    }

    func text(_ setting: Setting) throws(ConfigurationProblem) -> Found<String>? {
        let isSecret = Setting.secrets.contains(setting)
        return try read(setting, "must be a text") { try $0.requiredString(forKey: $1, isSecret: isSecret) }
    }

    func number(_ setting: Setting, in range: ClosedRange<Int>) throws(ConfigurationProblem) -> Int? {
        let reason = "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let found = try read(setting, reason, { try $0.requiredInt(forKey: $1) }) else { return nil }
        guard range.contains(found.value) else { throw found.problem(reason) }
        return found.value
    }

    func flag(_ setting: Setting) throws(ConfigurationProblem) -> Bool? {
        try read(setting, "must be true or false") { try $0.requiredBool(forKey: $1) }?.value
    }

    func list(_ setting: Setting) throws(ConfigurationProblem) -> Found<[String]>? {
        try read(setting, "must be a list", isList: true) { try $0.requiredStringArray(forKey: $1) }
    }

    private func read<Value>(
        _ setting: Setting,
        _ reason: String,
        isList: Bool = false,
        _ value: (ConfigReader, ConfigKey) throws -> Value
    ) throws(ConfigurationProblem) -> Found<Value>? {
        let reader: ConfigReader
        let found: Found<Void>
        if environmentKeys.contains(setting.environmentVariable) {
            reader = environment
            found = Found(value: (), key: setting.environmentVariable, source: "environment")
        } else if let value = fileValues[setting.key] {
            reader = file
            found = Found(value: (), key: setting.key, source: path)
            switch value {
            case .scalar where !isList, .list where isList: break
            case .scalar, .list, .none: throw found.problem(reason)
            }
        } else {
            return nil
        }
        do {
            let value = try value(reader, ConfigKey(setting.key))
            return Found(value: value, key: found.key, source: found.source)
        } catch {
            throw found.problem(reason)
        }
    }
}

extension Node.Scalar {
    /// Nothing stands there, or a word for nothing.
    fileprivate var isNull: Bool { style == .plain && ["", "~", "null", "Null", "NULL"].contains(string) }
}
