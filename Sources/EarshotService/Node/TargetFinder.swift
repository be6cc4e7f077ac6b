import ARI
import Monitoring

/// Finds an extension's channels in Asterisk, and what the policy must know of each.
struct TargetFinder: Sendable {
    let client: ARIClient
    let settings: UserSettings

    /// The most channels of one endpoint that are looked at; each costs some requests.
    static let mostChannels = 20

    private static let linkedIDFunction = "CHANNEL(linkedid)"
    private static let stateFunction = "CHANNEL(state)"

    /// Who is in a monitoring session of their own, the engine knows better.
    ///
    /// - Parameter endpoints: those that the extension could have, the preferred one first.
    /// - Throws: what keeps an answer from being complete. A channel that ends meanwhile does not: it is no target.
    func find(_ endpoints: [EndpointName]) async throws -> TargetLookup {
        let all = try await withThrowingTaskGroup(of: TargetLookup.self) { group in
            for (index, endpoint) in endpoints.enumerated() {
                group.addTask {
                    try await channels(of: endpoint, templateIndex: index, isOnly: endpoints.count == 1)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        if all.contains(.tooManyChannels) { return .tooManyChannels }
        let found = all.compactMap { if case .channels(let channels) = $0 { channels } else { nil } }
        return found.isEmpty ? .unknownExtension : .channels(found.flatMap { $0 })
    }

    /// - Parameter isOnly: the extension can have no other endpoint.
    private func channels(
        of endpoint: EndpointName,
        templateIndex: Int,
        isOnly: Bool
    ) async throws -> TargetLookup {
        async let ofEndpoint = settings.variables(of: endpoint)
        let ids: [Channel.ID]
        do {
            ids = try await client.endpoint(technology: endpoint.technology, resource: endpoint.resource).channels
        } catch let error as ARIError where error.code == .notFound {
            return .unknownExtension
        }
        guard ids.count <= Self.mostChannels else { return .tooManyChannels }
        let variables = try await ofEndpoint
        let channels = try await withThrowingTaskGroup(of: TargetChannel?.self) { group in
            for id in ids {
                group.addTask {
                    try await target(id, endpoint, variables, templateIndex, isOnly: isOnly && ids.count == 1)
                }
            }
            return try await group.reduce(into: [TargetChannel]()) { all, one in
                if let one { all.append(one) }
            }
        }
        return .channels(channels)
    }

    private func target(
        _ id: Channel.ID,
        _ endpoint: EndpointName,
        _ ofEndpoint: UserVariables?,
        _ templateIndex: Int,
        isOnly: Bool
    ) async throws -> TargetChannel? {
        do {
            let finder = PartnerFinder(client: client, settings: settings)
            // Which is the newest, matters among several.
            async let creation: ARITimestamp? = isOnly ? nil : client.channel(id).creationTime
            let reading = try await client.reading(
                of: ChannelID(id.rawValue),
                PartnerFinder.questions + [Self.linkedIDFunction, Self.stateFunction]
            )
            async let partners = finder.partners(in: reading)
            let user = try await settings.statements(
                endpoint,
                onChannel: reading.userVariables,
                ofEndpoint: ofEndpoint
            )
            let (found, creationTime) = try await (partners, creation)
            let name = reading.name ?? ""
            return TargetChannel(
                id: ChannelID(id.rawValue),
                name: name,
                endpoint: endpoint,
                templateIndex: templateIndex,
                isUp: reading[Self.stateFunction] == Channel.State.up.rawValue,
                isBridged: !found.allSatisfy(\.hasLeft),
                parties: found.parties,
                relays: found.reduce(into: []) { $0.formUnion($1.relays) },
                // Who is protected is not heard through the other side of their call either. Between two answers the
                // channel may have come to be somebody else's.
                isProtected: user.isProtected || found.contains(where: \.isProtected)
                    || EndpointName(channelName: name) != endpoint,
                groups: user.groups,
                // A snoop for a partner: a supervisor, maybe of another monitoring program.
                isSupervising: found.contains { !$0.hasLeft && $0.name.rawValue.hasPrefix("Snoop/") },
                linkedID: reading[Self.linkedIDFunction] ?? "",
                createdAt: creationTime?.millisecondsSince1970 ?? 0
            )
        } catch let error as ARIError where error.code == .notFound {
            return nil
        }
    }
}
