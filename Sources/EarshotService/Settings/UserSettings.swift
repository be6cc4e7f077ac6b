package import ARI
import Monitoring

/// Answers what is set for the users of channels and endpoints. The one place that is asked: it reads the directory, if there is
/// one, and Asterisk; ``UserStatements`` knows what counts.
package struct UserSettings: Sendable {
    private let client: ARIClient
    private let directory: (any UserDirectory)?

    package init(client: ARIClient, directory: (any UserDirectory)? = nil) {
        self.client = client
        self.directory = directory
    }

    /// What the supervisor on this channel may do, and how their sessions behave.
    ///
    /// - Parameter endpoint: whose channel it was when it came to us.
    func supervisorSettings(
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

    /// What an endpoint is configured with; nil when Asterisk cannot tell.
    func variables(of endpoint: EndpointName) async throws -> UserVariables? {
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

    /// What is known of the user of a channel that carries this endpoint's name.
    ///
    /// - Parameters:
    ///   - onChannel: the channel's own variables.
    ///   - ofEndpoint: the answer of ``variables(of:)``.
    func statements(
        _ endpoint: EndpointName?,
        onChannel: UserVariables,
        ofEndpoint: UserVariables?
    ) async throws -> UserStatements {
        var user = UserStatements(endpoint: endpoint, onChannel: onChannel, ofEndpoint: ofEndpoint)
        if let directory, let endpoint { user.inDirectory = await directory.finding(of: endpoint) }
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
