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
    package var prefixes: FeatureCodePrefixes
    package var visibility: Visibility
    /// After how long without a request somebody has to sign in again.
    package var idleLimit: Duration
    /// After how long in any case.
    package var sessionLimit: Duration

    package init(
        host: String = "127.0.0.1",
        port: Int = 8087,
        tls: (certificate: String, key: String)? = nil,
        prefixes: FeatureCodePrefixes = .standard,
        visibility: Visibility = .never,
        idleLimit: Duration = .seconds(1800),
        sessionLimit: Duration = .seconds(43_200)
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.prefixes = prefixes
        self.visibility = visibility
        self.idleLimit = idleLimit
        self.sessionLimit = sessionLimit
    }
}
