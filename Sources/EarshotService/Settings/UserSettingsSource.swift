package import ARI
package import Monitoring

/// Answers what is set for the users of channels and endpoints. The one place that is asked: today the answers are in
/// Asterisk's configuration and in channel variables, a directory of users can answer instead.
package protocol UserSettingsSource: Sendable {
    /// What the supervisor on this channel may do, and how their sessions behave.
    ///
    /// - Parameter endpoint: whose channel it was when it came to us.
    func supervisorSettings(of channel: ChannelID, endpoint: EndpointName?) async throws -> SupervisorSettings

    /// What an endpoint is configured with; nil when Asterisk cannot tell.
    func variables(of endpoint: EndpointName) async throws -> UserVariables?

    /// What the variables of a channel that carries this endpoint's name mean.
    ///
    /// - Parameters:
    ///   - onChannel: the channel's own.
    ///   - ofEndpoint: the answer of ``variables(of:)``.
    func statements(
        _ endpoint: EndpointName?,
        onChannel: UserVariables,
        ofEndpoint: UserVariables?
    ) async throws -> UserStatements
}

/// Reads users' settings from Asterisk; see ``UserStatements`` for what counts.
package struct AsteriskUserSettings: UserSettingsSource {
    private let client: ARIClient

    package init(client: ARIClient) {
        self.client = client
    }

    package func supervisorSettings(
        of channel: ChannelID,
        endpoint: EndpointName?
    ) async throws -> SupervisorSettings {
        async let ofEndpoint = variables(of: endpoint)
        let reading = try await client.reading(of: channel, ChannelReading.transfers)
        // Another name than a moment ago: somebody else is on the channel.
        let isOther = reading.name.flatMap(EndpointName.init(channelName:)) != endpoint
        let user = try await statements(endpoint, onChannel: reading.userVariables, ofEndpoint: ofEndpoint)
        var settings = SupervisorSettings(user)
        settings.isTransferred = isOther || ChannelReading.transfers.contains { reading[$0] != nil }
        return settings
    }

    package func variables(of endpoint: EndpointName) async throws -> UserVariables? {
        guard endpoint.canBeAskedForSettings else { return nil }
        do {
            let attributes = try await client.configuration(ofPJSIPEndpoint: endpoint.resource)
            return UserVariables(attributes)
        } catch let error as ARIError where [.notFound, .notARI].contains(error.code) {
            return nil
        }
    }

    private func variables(of endpoint: EndpointName?) async throws -> UserVariables? {
        guard let endpoint else { return nil }
        return try await variables(of: endpoint)
    }

    package func statements(
        _ endpoint: EndpointName?,
        onChannel: UserVariables,
        ofEndpoint: UserVariables?
    ) async throws -> UserStatements {
        var user = UserStatements(endpoint: endpoint, onChannel: onChannel, ofEndpoint: ofEndpoint)
        // Only then do the channel's variables count, and a global one is nobody's own.
        guard user.dialplanVouches else { return user }
        user.global = try await withThrowingTaskGroup(of: UserVariable?.self) { group in
            for variable in onChannel.keys {
                group.addTask { try await client.globalVariable(variable.rawValue) == nil ? nil : variable }
            }
            return try await group.reduce(into: []) { found, variable in
                if let variable { found.insert(variable) }
            }
        }
        return user
    }
}

/// What Asterisk says about a channel in one answer.
struct ChannelReading: Sendable {
    private let values: [String: String]

    fileprivate init(_ values: [String: String]) { self.values = values }

    subscript(variable: String) -> String? { values[variable] }

    /// The channel's name at that moment.
    var name: String? { values[Self.nameFunction] }
    var userVariables: UserVariables {
        UserVariables(
            UserVariable.allCases.compactMap { variable in
                values[variable.rawValue].map { (variable, $0) }
            }
        ) { first, _ in first }
    }

    fileprivate static let nameFunction = "CHANNEL(name)"
    /// Set by Asterisk on a channel that somebody has transferred (`main/bridge.c`, measured on 22.10.1).
    fileprivate static let transfers = ["BLINDTRANSFER", "ATTENDEDTRANSFER"]
}

extension ARIClient {
    /// The channel's name, its user's variables, and more, of one moment.
    ///
    /// - Parameter channel: its ID or its name.
    /// - Throws: `notFound` if the channel is gone.
    func reading(of channel: ChannelID, _ more: [String] = []) async throws -> ChannelReading {
        let names = [ChannelReading.nameFunction] + UserVariable.allCases.map(\.rawValue) + more
        return ChannelReading(try await variables(names, of: Channel.ID(channel.rawValue)))
    }
}

extension UserVariables {
    /// The user's variables among an endpoint's attributes. Leading underscores only say which channels inherit one; of a
    /// variable that is set twice, the last counts, as on a channel.
    fileprivate init(_ attributes: [ConfigurationAttribute]) {
        self.init()
        for attribute in attributes {
            guard let variable = UserVariable(rawValue: String(attribute.attribute.drop { $0 == "_" })) else {
                continue
            }
            self[variable] = attribute.value
        }
    }
}
