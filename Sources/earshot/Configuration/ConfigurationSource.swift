import Configuration
import FoundationEssentials
import Monitoring
import SystemPackage
import Yams

/// Reads settings from the environment and a YAML file; the environment wins.
struct ConfigurationSource {
    private let environment: ConfigReader
    private let environmentKeys: Set<String>
    private let file: ConfigReader?
    private let fileKeys: Set<String>
    private let path: String

    /// - Parameter path: the configuration file; nil for none.
    /// - Throws: ``ConfigurationProblem`` when the file cannot be read, or a key is not one of ``Setting``.
    init(path: String?, environment variables: [String: String]) async throws(ConfigurationProblem) {
        let ours = variables.filter { name, _ in
            name.hasPrefix(Setting.environmentPrefix) && !name.hasPrefix(Setting.labPrefix)
        }
        environmentKeys = Set(ours.keys)
        environment = ConfigReader(
            provider: EnvironmentVariablesProvider(environmentVariables: ours).prefixKeys(with: "earshot")
        )
        let known = Set(Setting.all.map(\.environmentVariable))
        if let unknown = environmentKeys.subtracting(known).sorted().first {
            throw ConfigurationProblem(key: unknown, source: "environment", reason: Self.unknownKey)
        }
        self.path = path ?? "configuration file"
        guard let path else {
            file = nil
            fileKeys = []
            return
        }
        fileKeys = try Self.keys(of: path)
        if let unknown = fileKeys.subtracting(Self.settingKeys).sorted().first {
            throw ConfigurationProblem(key: unknown, source: path, reason: Self.unknownKey)
        }
        do {
            file = ConfigReader(provider: try await FileProvider<YAMLSnapshot>(filePath: FilePath(path)))
        } catch {
            throw ConfigurationProblem(key: nil, source: path, reason: "cannot be read")
        }
    }

    private static let unknownKey = "unknown key; `earshot serve --help` lists the known ones"

    /// The keys of a YAML file, as `ari.url`.
    private static func keys(of path: String) throws(ConfigurationProblem) -> Set<String> {
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
        return Set(try flatten(mapping, under: "", path))
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
    ) throws(ConfigurationProblem) -> [String] {
        var names: [String] = []
        for (key, value) in mapping {
            let name = prefix + (key.string ?? "?")
            // What stands below a setting is a bad value, not a key: it may be the password.
            if let inner = value.mapping, !settingKeys.contains(name) {
                names += try flatten(inner, under: name + ".", path)
            } else {
                names.append(name)
            }
            if let elements = value.sequence, !elements.allSatisfy({ $0.scalar != nil }) {
                throw ConfigurationProblem(key: name, source: path, reason: "must be a list of texts")
            }
        }
        return names
    }

    private static let settingKeys = Set(Setting.all.map(\.key))

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
        try read(setting, "must be a text") { try $0.requiredString(forKey: $1, isSecret: setting == .ariPassword) }
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
        try read(setting, "must be a list") { try $0.requiredStringArray(forKey: $1) }
    }

    private func read<Value>(
        _ setting: Setting,
        _ reason: String,
        _ value: (ConfigReader, ConfigKey) throws -> Value
    ) throws(ConfigurationProblem) -> Found<Value>? {
        let reader: ConfigReader
        var found: Found<Void>
        if environmentKeys.contains(setting.environmentVariable) {
            reader = environment
            found = Found(value: (), key: setting.environmentVariable, source: "environment")
        } else if let file, fileKeys.contains(setting.key) {
            reader = file
            found = Found(value: (), key: setting.key, source: path)
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
