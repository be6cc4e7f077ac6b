import ARI
import Monitoring

/// Finds an extension's channels in Asterisk, and what the policy must know of each.
struct TargetFinder: Sendable {
    let client: ARIClient
    let settings: any UserSettingsSource

    /// Who is in a monitoring session of his own, the engine knows better.
    ///
    /// - Parameter endpoints: those that the extension could have, the preferred one first.
    /// - Throws: what keeps an answer from being complete. A channel that ends meanwhile does not: it is no target.
    func find(_ endpoints: [EndpointName]) async throws -> TargetLookup {
        let found = try await withThrowingTaskGroup(of: (exists: Bool, channels: [TargetChannel]).self) { group in
            for (index, endpoint) in endpoints.enumerated() {
                group.addTask { try await channels(of: endpoint, templateIndex: index) }
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
        templateIndex: Int
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
                    try await target(id, endpoint, templateIndex)
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
        _ templateIndex: Int
    ) async throws -> TargetChannel? {
        do {
            async let partners = partners(of: id)
            async let isOwnerProtected = settings.isProtected(ChannelID(id.rawValue), known: [:])
            async let groups = client.variable("SPYGROUP", of: id)
            let channel = try await client.channel(id)
            let found = try await partners
            return try await TargetChannel(
                id: ChannelID(id.rawValue),
                name: channel.name,
                endpoint: endpoint,
                templateIndex: templateIndex,
                isUp: channel.state == .up,
                isBridged: !found.allSatisfy(\.hasLeft),
                partners: Set(found.map(\.name)),
                // Who is protected is not heard through the other side of his call either.
                isProtected: isOwnerProtected || found.contains(where: \.isProtected),
                groups: Set((groups ?? "").split(separator: ":").map(String.init)),
                // A snoop for a partner: a supervisor, maybe of another monitoring program.
                isSupervising: found.contains { !$0.hasLeft && $0.name.rawValue.hasPrefix("Snoop/") },
                createdAt: channel.creationTime.millisecondsSince1970 ?? 0
            )
        } catch let error as ARIError where error.code == .notFound {
            return nil
        }
    }

    /// Finds whom a channel talks to, or talked to last: Asterisk keeps the name of a partner who has left somebody alone
    /// in a bridge (measured on 22.10.1).
    ///
    /// - Throws: `notFound` if there is no such channel, and what keeps an answer from being complete.
    func partners(of channel: Channel.ID) async throws -> [Partner] {
        // Set by Asterisk when the channel is in a bridge with somebody else (`main/bridge.c`).
        let names = Self.partnerNames(in: try await client.variable("BRIDGEPEER", of: channel) ?? "")
        return try await withThrowingTaskGroup(of: Partner.self) { group in
            for name in names {
                group.addTask {
                    do {
                        // ARI takes a channel's name in place of its ID.
                        let isProtected = try await settings.isProtected(ChannelID(name.rawValue), known: [:])
                        return Partner(name: name, isProtected: isProtected)
                    } catch let error as ARIError where error.code == .notFound {
                        return Partner(name: name, hasLeft: true)
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// The channels that a value of `BRIDGEPEER` names, without those by which Asterisk itself speaks in a conference.
    static func partnerNames(in peers: String) -> Set<ChannelName> {
        let names = peers.split(separator: ",").filter { name in !announcers.contains { name.hasPrefix($0) } }
        return Set(names.map { ChannelName(String($0)) })
    }

    /// Channels by which Asterisk itself speaks in a bridge, or records it.
    private static let announcers = ["CBAnn/", "CBRec/", "Announcer/", "Recorder/"]
}
