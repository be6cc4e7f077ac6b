import Administration
import CurlTransport
import EarshotService
import FoundationEssentials
import Logging
import Monitoring

/// Everything that an administrator has set, checked.
struct EarshotConfiguration {
    /// How log lines look.
    enum LogFormat: String, CaseIterable {
        /// For people on a terminal, JSON otherwise.
        case automatic = "auto"
        case text
        case json
    }

    var url: CurlBaseURL
    var username: String
    var password: Secret
    var caFile: String?
    /// The longest time that one request may take.
    var timeout: Duration
    /// HTTP connections to Asterisk at the same time; Asterisk allows 100 in all (`http.conf`, `sessionlimit`).
    var connections: Int
    var allowsPlainTextBeyondLoopback: Bool
    var service: ServiceConfiguration
    /// Earshot's file; nil for none.
    var storagePath: String?
    /// Nobody may hear anybody while the record cannot be written.
    var isRecordRequired: Bool
    /// The record has outside numbers too.
    var recordKeepsNumbers: Bool
    /// How long entries of the record are kept, in days; nil for ever.
    var recordRetention: Int?
    /// Where and how the page is served; nil for nowhere.
    var page: AdministrationConfiguration?
    var logLevel: Logger.Level
    var logFormat: LogFormat

    /// Reads the configuration.
    ///
    /// - Throws: ``ConfigurationProblem``: the first that was found.
    init(from source: ConfigurationSource) throws(ConfigurationProblem) {
        url = try Self.url(source)
        username = try Self.notEmpty(source, .ariUsername) ?? "earshot"
        password = try Self.password(source)
        caFile = try Self.notEmpty(source, .ariCAFile)
        timeout = .seconds(try source.number(.ariTimeout, in: 1...60) ?? 3)
        connections = try source.number(.ariConnections, in: 1...64) ?? 8
        allowsPlainTextBeyondLoopback = try source.flag(.ariAllowPlainText) ?? false
        service = ServiceConfiguration(
            registry: RegistryConfiguration(
                application: try Self.application(source),
                session: SessionConfiguration(
                    prefixes: try Self.prefixes(source),
                    endpoints: EndpointBook(templates: try Self.templates(source)),
                    limits: TargetLimits(extensions: try Self.patterns(source), groups: try Self.groups(source)),
                    requestTimeout: timeout,
                    waitingLimit: .seconds(try source.number(.sessionsWaitingLimit, in: 1...86_400) ?? 3600)
                ),
                maximumSessions: try source.number(.sessionsMaximum, in: 1...10_000) ?? 200,
                maximumSessionsOfSupervisor: try source.number(.sessionsEachSupervisor, in: 1...100) ?? 4
            ),
            prompts: PromptBook(
                refusals: try Self.prompts(source, Refusal.allCases, named: \.word),
                notices: try Self.prompts(source, PromptBook.Notice.allCases, named: \.rawValue)
            ),
            stop: try Self.choice(source, .serviceStop, of: ServiceConfiguration.Stop.allCases, named: \.rawValue)
                ?? .release
        )
        storagePath = try Self.storagePath(source)
        isRecordRequired = try source.flag(.recordRequired) ?? true
        recordKeepsNumbers = try source.flag(.recordNumbers) ?? false
        recordRetention = try source.number(.recordRetentionDays, in: 1...36_500)
        service.registry.session.keepsRecord = storagePath != nil
        page = try Self.page(source, service)
        logLevel = try Self.choice(source, .logLevel, of: Logger.Level.allCases, named: \.rawValue) ?? .info
        logFormat = try Self.choice(source, .logFormat, of: LogFormat.allCases, named: \.rawValue) ?? .automatic
    }

    private static func url(_ source: ConfigurationSource) throws(ConfigurationProblem) -> CurlBaseURL {
        let found = try source.text(.ariURL)
        do {
            return try CurlBaseURL(found?.value ?? "http://127.0.0.1:8088/ari")
        } catch {
            let reason = (error as? CurlError)?.message ?? "\(error)"
            throw found?.problem(reason)
                ?? ConfigurationProblem(key: Setting.ariURL.key, source: "default", reason: reason)
        }
    }

    private static func password(_ source: ConfigurationSource) throws(ConfigurationProblem) -> Secret {
        guard let password = try secret(source, .ariPassword, .ariPasswordFile, "password") else {
            throw ConfigurationProblem(
                key: Setting.ariPassword.environmentVariable,
                source: "environment",
                reason:
                    "is missing, and so is \(Setting.ariPasswordFile.environmentVariable); it is the password of the "
                    + "user in Asterisk's ari.conf"
            )
        }
        return password.value
    }

    /// By which programs on other machines read metrics and health; nil for by nothing.
    private static func metricsToken(_ source: ConfigurationSource) throws(ConfigurationProblem) -> AccessToken? {
        guard let token = try secret(source, .webMetricsToken, .webMetricsTokenFile, "token") else { return nil }
        let text = token.value.reveal()
        // What a header can carry, and nobody can guess.
        guard (16...256).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw token.problem("the token must be 16 to 256 letters, digits and signs of ASCII, without spaces")
        }
        return AccessToken(text)
    }

    /// A secret that is set, or that stands in the first line of a file.
    ///
    /// - Parameter word: what it is called.
    private static func secret(
        _ source: ConfigurationSource,
        _ setting: Setting,
        _ fileSetting: Setting,
        _ word: String
    ) throws(ConfigurationProblem) -> ConfigurationSource.Found<Secret>? {
        let direct = try source.text(setting)
        let file = try source.text(fileSetting)
        switch (direct, file) {
        case (nil, nil): return nil
        case (let direct?, let file?):
            throw file.problem("is set together with \(direct.key); set one of them")
        case (let direct?, nil):
            guard !direct.value.isEmpty else { throw direct.problem("is empty") }
            return ConfigurationSource.Found(value: Secret(direct.value), key: direct.key, source: direct.source)
        case (nil, let file?):
            let found = try secret(inFile: file, word)
            return ConfigurationSource.Found(value: found, key: file.key, source: file.source)
        }
    }

    private static func secret(
        inFile file: ConfigurationSource.Found<String>,
        _ word: String
    ) throws(ConfigurationProblem) -> Secret {
        let text: String
        do {
            text = try String(contentsOfFile: file.value, encoding: .utf8)
        } catch {
            throw file.problem("\(file.value) cannot be read")
        }
        // A line may end in CR LF, which is one character.
        let secret = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).first ?? ""
        guard !secret.isEmpty else { throw file.problem("\(file.value) has no \(word) in its first line") }
        return Secret(String(secret))
    }

    private static func notEmpty(
        _ source: ConfigurationSource,
        _ setting: Setting
    ) throws(ConfigurationProblem) -> String? {
        guard let found = try source.text(setting) else { return nil }
        guard !found.value.isEmpty else { throw found.problem("is empty") }
        return found.value
    }

    private static func application(_ source: ConfigurationSource) throws(ConfigurationProblem) -> String {
        guard let found = try source.text(.ariApplication) else { return "earshot" }
        let isName = found.value.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
        guard isName, (1...64).contains(found.value.utf8.count) else {
            throw found.problem("must be 1 to 64 letters, digits, - or _, as in Stasis() of the dialplan")
        }
        return found.value
    }

    private static func prefixes(_ source: ConfigurationSource) throws(ConfigurationProblem) -> FeatureCodePrefixes {
        let listen = try source.text(.codesListen)
        let whisper = try source.text(.codesWhisper)
        let barge = try source.text(.codesBarge)
        do {
            return try FeatureCodePrefixes(
                listen: listen?.value ?? FeatureCodePrefixes.standard.listen,
                whisper: whisper?.value ?? FeatureCodePrefixes.standard.whisper,
                barge: barge?.value ?? FeatureCodePrefixes.standard.barge
            )
        } catch {
            let culprit = [listen, whisper, barge].compactMap { $0 }.first { error.isAbout($0.value) }
            throw culprit?.problem(error.text)
                ?? ConfigurationProblem(key: Setting.codesListen.key, source: "default", reason: error.text)
        }
    }

    private static func page(
        _ source: ConfigurationSource,
        _ service: ServiceConfiguration
    ) throws(ConfigurationProblem) -> AdministrationConfiguration? {
        let visibility =
            try choice(
                source,
                .recordVisibleToAgents,
                of: AdministrationConfiguration.Visibility.allCases,
                named: \.rawValue
            ) ?? .never
        let certificate = try source.text(.webCertificateFile)
        let key = try source.text(.webKeyFile)
        let allowsPlainText = try source.flag(.webAllowPlainText) ?? false
        let isBehindProxy = try source.flag(.webBehindProxy) ?? false
        let token = try metricsToken(source)
        guard let listen = try source.text(.webListen) else { return nil }
        guard try storagePath(source) != nil else {
            throw listen.problem("needs \(Setting.storagePath.key), the file with the users that the page shows")
        }
        guard let colon = listen.value.lastIndex(of: ":"),
            let port = Int(listen.value[listen.value.index(after: colon)...]),
            (0...65_535).contains(port), colon > listen.value.startIndex
        else { throw listen.problem("must be an address and a port, such as 127.0.0.1:8087") }
        var host = String(listen.value[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        if (certificate == nil) != (key == nil), let one = certificate ?? key {
            throw one.problem(
                "\(Setting.webCertificateFile.key) and \(Setting.webKeyFile.key) belong together; set both or none"
            )
        }
        let isLoopback = host == "localhost" || host == "::1" || host.hasPrefix("127.")
        guard certificate != nil || isLoopback || allowsPlainText else {
            throw listen.problem(
                "would send passwords in clear to other machines; set \(Setting.webCertificateFile.key) and "
                    + "\(Setting.webKeyFile.key), or \(Setting.webAllowPlainText.key) if you want that"
            )
        }
        var tls: (certificate: String, key: String)?
        if let certificate, let key { tls = (certificate.value, key.value) }
        return AdministrationConfiguration(
            host: host,
            port: port,
            tls: tls,
            isBehindProxy: isBehindProxy,
            prefixes: service.registry.session.prefixes,
            sounds: service.prompts.mediaByWord,
            visibility: visibility,
            metricsToken: token
        )
    }

    static func storagePath(_ source: ConfigurationSource) throws(ConfigurationProblem) -> String? {
        try notEmpty(source, .storagePath)
    }

    static func templates(_ source: ConfigurationSource) throws(ConfigurationProblem) -> [EndpointTemplate] {
        guard let found = try source.list(.targetsEndpoints) else { return [.standard] }
        var templates: [EndpointTemplate] = []
        for text in found.value {
            guard let template = EndpointTemplate(text) else {
                throw found.problem("\(text) is no endpoint with {extension} in it, such as PJSIP/{extension}")
            }
            templates.append(template)
        }
        guard !templates.isEmpty else { throw found.problem("is empty") }
        return templates
    }

    private static func patterns(_ source: ConfigurationSource) throws(ConfigurationProblem) -> [ExtensionPattern] {
        guard let found = try source.list(.targetsExtensions) else { return [] }
        var patterns: [ExtensionPattern] = []
        for text in found.value {
            guard let pattern = ExtensionPattern(text) else {
                throw found.problem("\(text) is no extension, and no pattern such as _1XX")
            }
            patterns.append(pattern)
        }
        guard !patterns.isEmpty else { throw found.problem("is empty") }
        return patterns
    }

    private static func groups(_ source: ConfigurationSource) throws(ConfigurationProblem) -> Set<String>? {
        guard let found = try source.list(.targetsGroups) else { return nil }
        guard !found.value.isEmpty, found.value.allSatisfy({ !$0.isEmpty && !$0.contains(":") }) else {
            throw found.problem("must be a list of groups such as sales")
        }
        return Set(found.value)
    }

    private static func prompts<Occasion: Hashable>(
        _ source: ConfigurationSource,
        _ occasions: [Occasion],
        named word: (Occasion) -> String
    ) throws(ConfigurationProblem) -> [Occasion: [String]] {
        var prompts: [Occasion: [String]] = [:]
        for occasion in occasions {
            if let sounds = try sounds(source, word(occasion)) { prompts[occasion] = sounds }
        }
        return prompts
    }

    private static func sounds(
        _ source: ConfigurationSource,
        _ word: String
    ) throws(ConfigurationProblem) -> [String]? {
        guard let found = try source.list(.prompt(word)) else { return nil }
        // Silence is never an answer; and a comma would be read as the end of a sound by ARI.
        guard !found.value.isEmpty, found.value.allSatisfy({ $0.contains(":") && !$0.contains(",") }) else {
            throw found.problem("must be a list of sounds such as sound:beep or digits:12")
        }
        // Asterisk plays it until it is stopped, and the supervisor would hear nothing else (`main/app.c`, `ast_control_tone`).
        guard !found.value.contains(where: { $0.hasPrefix("tone:") }) else {
            throw found.problem("a tone: never ends by itself; name a sound")
        }
        return found.value
    }

    private static func choice<Choice>(
        _ source: ConfigurationSource,
        _ setting: Setting,
        of choices: [Choice],
        named name: (Choice) -> String
    ) throws(ConfigurationProblem) -> Choice? {
        guard let found = try source.text(setting) else { return nil }
        guard let choice = choices.first(where: { name($0) == found.value.lowercased() }) else {
            throw found.problem("must be one of \(choices.map(name).joined(separator: ", "))")
        }
        return choice
    }
}

extension FeatureCodePrefixesError {
    fileprivate var text: String {
        switch self {
        case .notDialable: "must be what a phone can dial: digits, * and #"
        case .ambiguous(let one, let other): "\(one) begins \(other): the codes could not be told apart"
        }
    }

    fileprivate func isAbout(_ prefix: String) -> Bool {
        switch self {
        case .notDialable(let text): text == prefix
        case .ambiguous(let one, let other): one == prefix || other == prefix
        }
    }
}
