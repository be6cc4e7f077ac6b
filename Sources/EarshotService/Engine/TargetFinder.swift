import ARI
import Monitoring

/// Finds an extension's channels in Asterisk, and what the policy must know of each.
struct TargetFinder: Sendable {
    let client: ARIClient
    let settings: any UserSettingsSource

    /// - Parameters:
    ///   - endpoints: those that the extension could have, the preferred one first.
    ///   - supervisors: the channels that are in monitoring sessions of their own.
    /// - Throws: what keeps an answer from being complete. A channel that ends meanwhile does not: it is no target.
    func find(
        _ endpoints: [EndpointName],
        supervisors: Set<ChannelID>
    ) async throws -> TargetLookup {
        let found = try await withThrowingTaskGroup(of: (exists: Bool, channels: [TargetChannel]).self) { group in
            for (index, endpoint) in endpoints.enumerated() {
                group.addTask { try await channels(of: endpoint, templateIndex: index, supervisors) }
            }
            return try await group.reduce(into: (exists: false, channels: [TargetChannel]())) { all, one in
                all.exists = all.exists || one.exists
                all.channels += one.channels
            }
        }
        return found.exists ? .channels(found.channels) : .unknownExtension
    }

    private func channels(
        of endpoint: EndpointName,
        templateIndex: Int,
        _ supervisors: Set<ChannelID>
    ) async throws -> (exists: Bool, channels: [TargetChannel]) {
        let ids: [Channel.ID]
        do {
            ids = try await client.endpoint(technology: endpoint.technology, resource: endpoint.resource).channels
        } catch let error as ARIError where error.code == .notFound {
            return (false, [])
        }
        let channels = try await withThrowingTaskGroup(of: TargetChannel?.self) { group in
            for id in ids {
                group.addTask {
                    try await target(
                        id,
                        endpoint,
                        templateIndex,
                        isSupervising: supervisors.contains(ChannelID(id.rawValue))
                    )
                }
            }
            return try await group.reduce(into: [TargetChannel]()) { all, one in
                if let one { all.append(one) }
            }
        }
        return (true, channels)
    }

    private func target(
        _ id: Channel.ID,
        _ endpoint: EndpointName,
        _ templateIndex: Int,
        isSupervising: Bool
    ) async throws -> TargetChannel? {
        do {
            // Set by Asterisk for as long as the channel is in a bridge with somebody else (`main/bridge.c`).
            async let peer = client.variable("BRIDGEPEER", of: id)
            async let isOwnerProtected = settings.isProtected(ChannelID(id.rawValue), known: [:])
            async let groups = client.variable("SPYGROUP", of: id)
            let channel = try await client.channel(id)
            let peers = try await (peer ?? "").split(separator: ",").map(String.init)
            // Who is protected is not heard through the other side of his call either.
            let isPeerProtected = try await isAnyProtected(peers)
            return try await TargetChannel(
                id: ChannelID(id.rawValue),
                name: channel.name,
                endpoint: endpoint,
                templateIndex: templateIndex,
                isUp: channel.state == .up,
                isBridged: !peers.isEmpty,
                isProtected: isOwnerProtected || isPeerProtected,
                groups: Set((groups ?? "").split(separator: ":").map(String.init)),
                // A snoop for a partner: a supervisor, maybe of another monitoring program.
                isSupervising: isSupervising || peers.contains { $0.hasPrefix("Snoop/") },
                createdAt: channel.creationTime.millisecondsSince1970 ?? 0
            )
        } catch let error as ARIError where error.code == .notFound {
            return nil
        }
    }

    /// Whether the user of one of these channels, given by name, is protected. A channel that is gone is nobody's.
    private func isAnyProtected(_ channels: [String]) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for name in channels {
                group.addTask {
                    do {
                        return try await settings.isProtected(ChannelID(name), known: [:])
                    } catch let error as ARIError where error.code == .notFound {
                        return false
                    }
                }
            }
            return try await group.contains(true)
        }
    }
}
