import EarshotService
import Monitoring

/// One setting of the command: its place in the configuration file, and with it its environment variable.
struct Setting: Hashable {
    /// The place in the file, such as `ari.password_file`.
    let key: String
    /// What it means, its default and range.
    let meaning: String

    private init(_ key: String, _ meaning: String) {
        self.key = key
        self.meaning = meaning
    }

    /// The name in the environment, such as `EARSHOT_ARI_PASSWORD_FILE`.
    var environmentVariable: String { Self.environmentPrefix + key.uppercased().replacing(".", with: "_") }

    /// Begins the names of all environment variables that belong to the command.
    static let environmentPrefix = "EARSHOT_"

    /// Begins the names of the environment variables of the lab, which the command leaves alone.
    static let labPrefix = "EARSHOT_LAB"

    // MARK: - All settings

    static let ariURL = Setting("ari.url", "where Asterisk's REST interface is (default http://127.0.0.1:8088/ari)")
    static let ariUsername = Setting("ari.username", "user in ari.conf (default earshot)")
    static let ariPassword = Setting("ari.password", "that user's password")
    static let ariPasswordFile = Setting("ari.password_file", "a file with the password in its first line, instead")
    static let ariApplication = Setting("ari.application", "argument of Stasis() in the dialplan (default earshot)")
    static let ariCAFile = Setting(
        "ari.ca_file",
        "PEM file of the authority behind Asterisk's certificate (default: the system's)"
    )
    static let ariTimeout = Setting("ari.timeout", "seconds that a request may take, 1 to 60 (default 3)")
    static let ariConnections = Setting("ari.connections", "HTTP connections at the same time, 1 to 64 (default 8)")
    static let ariAllowPlainText = Setting(
        "ari.allow_plain_text",
        "true allows http to another machine, with the password in clear (default false)"
    )
    static let codesListen = Setting("codes.listen", "prefix of the listen code (default *91)")
    static let codesWhisper = Setting("codes.whisper", "prefix of the whisper code (default *92)")
    static let codesBarge = Setting("codes.barge", "prefix of the barge code (default *93)")
    static let targetsEndpoints = Setting(
        "targets.endpoints",
        "list of an extension's endpoints, preferred first (default PJSIP/{extension})"
    )
    static let targetsExtensions = Setting(
        "targets.extensions",
        "list of dialplan patterns (_1XX): who can be monitored (default: extensions made of digits)"
    )
    static let targetsGroups = Setting(
        "targets.groups",
        "list of groups: only who has one of them in SPYGROUP can be monitored (default: all)"
    )
    static let sessionsEachSupervisor = Setting(
        "sessions.each_supervisor",
        "of these, sessions of one supervisor, 1 to 100 (default 4)"
    )
    static let sessionsMaximum = Setting("sessions.maximum", "sessions at the same time, 1 to 10000 (default 200)")
    static let serviceStop = Setting(
        "service.stop",
        "release or hand_over: what becomes of sessions when the service stops (default release)"
    )
    static let sessionsWaitingLimit = Setting(
        "sessions.waiting_limit",
        "seconds that a session waits for an extension's next call, 1 to 86400 (default 3600)"
    )
    static let storagePath = Setting(
        "storage.path",
        "the file with users, their rights, and the record of who heard whom (default: none)"
    )
    static let recordRequired = Setting(
        "record.required",
        "true refuses monitoring while the record cannot be written, false goes on and logs it (default true)"
    )
    static let recordRetentionDays = Setting(
        "record.retention_days",
        "days after which entries are removed from the record, 1 to 36500 (default: never)"
    )
    static let recordNumbers = Setting(
        "record.numbers",
        "true writes the outside numbers that were heard into the record too (default false)"
    )
    static let recordVisibleToAgents = Setting(
        "record.visible_to_agents",
        "when users see who has listened to them: never, next_day or at_once (default never)"
    )
    static let webListen = Setting("web.listen", "where the page is served, such as 127.0.0.1:8087 (default: nowhere)")
    static let webCertificateFile = Setting(
        "web.certificate_file",
        "PEM file of the page's certificate, with its chain"
    )
    static let webKeyFile = Setting("web.key_file", "PEM file of the certificate's private key")
    static let webAllowPlainText = Setting(
        "web.allow_plain_text",
        "true serves the page without TLS to other machines, with passwords in clear (default false)"
    )
    static let webBehindProxy = Setting(
        "web.behind_proxy",
        "true when a proxy in front speaks TLS and sets X-Forwarded-For (default false)"
    )
    static let webMetricsToken = Setting(
        "web.metrics_token",
        "by which programs on other machines read /metrics and /health, 16 to 256 characters (default: they may not)"
    )
    static let webMetricsTokenFile = Setting(
        "web.metrics_token_file",
        "a file with that token in its first line, instead"
    )
    static let logLevel = Setting("log.level", "trace, debug, info, notice, warning, error or critical (default info)")
    static let logFormat = Setting("log.format", "text, json, or auto: text on a terminal (default auto)")

    /// The sounds for a refusal or a notice.
    static func prompt(_ word: String) -> Setting {
        Setting("prompts.\(word)", "list of sounds, such as sound:beep")
    }

    static let all: [Setting] =
        [
            ariURL, ariUsername, ariPassword, ariPasswordFile, ariApplication, ariCAFile, ariTimeout, ariConnections,
            ariAllowPlainText, codesListen, codesWhisper, codesBarge, targetsEndpoints, targetsExtensions,
            targetsGroups,
            sessionsMaximum, sessionsEachSupervisor, sessionsWaitingLimit, serviceStop, storagePath, recordRequired,
            recordRetentionDays, recordNumbers, recordVisibleToAgents, webListen, webCertificateFile, webKeyFile,
            webAllowPlainText,
            webBehindProxy, webMetricsToken, webMetricsTokenFile, logLevel, logFormat,
        ] + (Refusal.allCases.map(\.word) + PromptBook.Notice.allCases.map(\.rawValue)).map(prompt)

    /// Those whose values nobody may see.
    static let secrets: Set<Setting> = [ariPassword, webMetricsToken]

    /// All settings, one in a line.
    static var help: String {
        let width = (all.map(\.environmentVariable.count).max() ?? 0) + 2
        return all.map { setting in
            let name = setting.environmentVariable
            return name + String(repeating: " ", count: width - name.count) + setting.meaning
        }.joined(separator: "\n")
    }
}
