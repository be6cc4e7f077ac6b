package import ARI
package import Monitoring

/// Answers what is set for the user of a channel. The one place that is asked: today the answer is in the channel's
/// variables, a directory of users can answer instead.
package protocol UserSettingsSource: Sendable {
    /// What the supervisor on this channel may do, and how his sessions behave.
    func supervisorSettings(of channel: ChannelID, known: [String: String]) async throws -> SupervisorSettings

    /// Whether the user of this channel may not be monitored.
    func isProtected(_ channel: ChannelID, known: [String: String]) async throws -> Bool
}

/// Reads users' settings from channel variables, which an endpoint's `set_var` or the dialplan has put there.
///
/// Variables that came with the channel's event (`channelvars` in Asterisk's `ari.conf`) are not asked for again.
package struct ChannelVariableSettings: UserSettingsSource {
    private let client: ARIClient

    package init(client: ARIClient) {
        self.client = client
    }

    package func supervisorSettings(
        of channel: ChannelID,
        known: [String: String]
    ) async throws -> SupervisorSettings {
        async let permission = variable(.spyPermission, of: channel, known)
        async let disable = variable(.disableSpy, of: channel, known)
        async let params = variable(.spyParams, of: channel, known)
        return try await SupervisorSettings(spyPermission: permission, disableSpy: disable, spyParams: params)
    }

    package func isProtected(_ channel: ChannelID, known: [String: String]) async throws -> Bool {
        DisableSpy.read(try await variable(.disableSpy, of: channel, known)).isDisabled
    }

    private func variable(
        _ name: UserVariable,
        of channel: ChannelID,
        _ known: [String: String]
    ) async throws -> String? {
        if let value = known[name.rawValue] { return value }
        return try await client.variable(name.rawValue, of: Channel.ID(channel.rawValue))
    }
}

/// The channel variables that administrators set for their users.
package enum UserVariable: String, CaseIterable, Sendable {
    case spyPermission = "SPY_PERMISSION"
    case disableSpy = "DISABLE_SPY"
    case spyParams = "SPY_PARAMS"
}
