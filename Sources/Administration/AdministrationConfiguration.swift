package import Monitoring

/// What an administrator can choose about the page.
package struct AdministrationConfiguration: Sendable {
    /// When agents see on their own page who has listened to them.
    package enum Visibility: String, CaseIterable, Sendable {
        case never
        /// From the next day on.
        case nextDay = "next_day"
        case atOnce = "at_once"
    }

    /// An address of this machine, such as `127.0.0.1`.
    package var host: String
    /// 0 for one that is free.
    package var port: Int
    /// PEM files; nil for plain text.
    package var tls: (certificate: String, key: String)?
    /// A proxy in front speaks TLS, and says whom it has asked for.
    package var isBehindProxy: Bool
    package var prefixes: FeatureCodePrefixes
    /// What supervisors hear: media as ARI takes them, by the word of the refusal or notice (`prompts` of the configuration).
    package var sounds: [String: [String]]
    package var visibility: Visibility
    /// After how long without a request somebody has to sign in again.
    package var idleLimit: Duration
    /// After how long in any case.
    package var sessionLimit: Duration
    /// By which programs on other machines read metrics and health; nil for by nothing.
    package var metricsToken: AccessToken?

    package init(
        host: String = "127.0.0.1",
        port: Int = 8087,
        tls: (certificate: String, key: String)? = nil,
        isBehindProxy: Bool = false,
        prefixes: FeatureCodePrefixes = .standard,
        sounds: [String: [String]] = [:],
        visibility: Visibility = .never,
        idleLimit: Duration = .seconds(1800),
        sessionLimit: Duration = .seconds(43_200),
        metricsToken: AccessToken? = nil
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.isBehindProxy = isBehindProxy
        self.prefixes = prefixes
        self.sounds = sounds
        self.visibility = visibility
        self.idleLimit = idleLimit
        self.sessionLimit = sessionLimit
        self.metricsToken = metricsToken
    }

    /// Browsers are spoken to by TLS, by us or by a proxy.
    var isSecure: Bool { tls != nil || isBehindProxy }
}
