import ARI
import Monitoring

/// Finds whom a channel talks to, through whatever Local channels stand between.
///
/// A Local channel has two halves; what the one hears, the other says (`main/core_local.c`). A queue's call to an agent by
/// `Local/…/n` is such a pair for as long as it lasts, so who is heard are the partners of the far half.
package struct PartnerFinder: Sendable {
    let client: ARIClient
    let settings: UserSettings

    /// How many Local channels one after the other are followed. Whoever stands behind more is protected.
    static let longestChain = 8
    /// How many channels of one bridge are looked at; each costs some requests, whenever somebody joins. Whoever is in a larger one
    /// is protected.
    static let mostMembers = 100

    /// The partners of a channel, or those that it talked to last: Asterisk keeps the name of a partner who has left
    /// somebody alone in a bridge (measured on 22.10.1).
    ///
    /// - Parameter known: see ``RegistryCommand/findPartners(_:_:known:)``.
    /// - Throws: `notFound` if there is no such channel, and what keeps an answer from being complete.
    func partners(of channel: ChannelID, known: Set<ChannelName>) async throws -> PartnersAnswer {
        let reading = try await client.reading(of: channel, Self.questions)
        let named = PartnerNames(reading[Self.partnersVariable] ?? "")
        if named.isComplete, !named.names.isEmpty, named.names.isSubset(of: known) { return .foundKnown(named.names) }
        return .found(try await partners(in: reading))
    }

    /// - Parameter reading: of the channel, with ``questions``.
    func partners(in reading: ChannelReading, hops: Int = 0) async throws -> [Partner] {
        let named = PartnerNames(reading[Self.partnersVariable] ?? "")
        if !named.isComplete { return try await members(of: reading[Self.idFunction] ?? "", hops) }
        return try await withThrowingTaskGroup(of: Partner.self) { group in
            for name in named.names { group.addTask { try await partner(name, hops) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Everybody who is in the bridge of a channel: of many, Asterisk does not name all in ``partnersVariable``.
    private func members(of channel: String, _ hops: Int) async throws -> [Partner] {
        let channel = Channel.ID(channel)
        guard let bridge = try await client.bridges().first(where: { $0.channels.contains(channel) }) else {
            throw ARIError(.unexpectedAnswer, operation: "bridges.list", message: "no bridge has \(channel)")
        }
        guard bridge.channels.count <= Self.mostMembers else {
            return [Partner(name: ChannelName(bridge.id.rawValue), isProtected: true)]
        }
        return try await withThrowingTaskGroup(of: Partner?.self) { group in
            for member in bridge.channels where member != channel {
                group.addTask { try await self.member(member, hops) }
            }
            return try await group.reduce(into: []) { if let partner = $1 { $0.append(partner) } }
        }
    }

    /// - Returns: nil for a channel that has left, and for one by which Asterisk itself speaks.
    private func member(_ channel: Channel.ID, _ hops: Int) async throws -> Partner? {
        do {
            let name = ChannelName(try await client.channel(channel).name)
            return PartnerNames.isAnnouncer(name.rawValue) ? nil : try await partner(name, hops)
        } catch let error as ARIError where error.code == .notFound {
            return nil
        }
    }

    private func partner(_ name: ChannelName, _ hops: Int) async throws -> Partner {
        let endpoint = EndpointName(channelName: name.rawValue)
        do {
            // ARI takes a channel's name in place of its ID.
            let channel = ChannelID(name.rawValue)
            async let ofEndpoint = variables(of: endpoint)
            let reading = try await client.reading(of: channel, [Self.numberFunction, Self.presentationFunction])
            let user = try await settings.statements(
                endpoint,
                onChannel: reading.userVariables,
                ofEndpoint: ofEndpoint
            )
            if user.isProtected { return Partner(name: name, isProtected: true) }
            guard let far = name.otherHalf else {
                let party = CallParty(channel: name, endpoint: endpoint, number: Self.number(in: reading))
                return Partner(name: name, parties: [party])
            }
            return try await partner(name, through: far, hops + 1)
        } catch let error as ARIError where error.code == .notFound {
            return Partner(name: name, hasLeft: true)
        }
    }

    /// Who is heard through a Local channel. What cannot be found out is protected.
    private func partner(_ name: ChannelName, through far: ChannelName, _ hops: Int) async throws -> Partner {
        guard hops <= Self.longestChain else { return Partner(name: name, isProtected: true) }
        let reading: ChannelReading
        do {
            reading = try await client.reading(of: ChannelID(far.rawValue), Self.questions)
        } catch let error as ARIError where error.code == .notFound {
            return Partner(name: name, isProtected: true)
        }
        guard let relay = reading[Self.idFunction], !DisableSpy.read(reading.userVariables[.disableSpy]).isDisabled
        else { return Partner(name: name, isProtected: true) }
        let beyond = try await partners(in: reading, hops: hops)
        return Partner(
            name: name,
            isProtected: beyond.contains(where: \.isProtected),
            relays: beyond.reduce(into: [ChannelID(relay)]) { $0.formUnion($1.relays) },
            parties: beyond.map(\.parties).everybody
        )
    }

    private func variables(of endpoint: EndpointName?) async throws -> UserVariables? {
        guard let endpoint else { return nil }
        return try await settings.variables(of: endpoint)
    }

    /// Set by Asterisk when a channel is in a bridge with somebody else (`main/bridge.c`).
    package static let partnersVariable = "BRIDGEPEER"
    /// A channel's number without whatever a caller may have put into it that could disturb the answer.
    package static let numberFunction = "FILTER(0-9A-Za-z+*#._,${CALLERID(num)})"
    /// Whether the caller withholds it: `allowed…`, `prohib…` or `unavailable`.
    private static let presentationFunction = "CALLERID(num-pres)"

    /// - Returns: empty for a withheld number, and for a name in the place of a number.
    private static func number(in reading: ChannelReading) -> String {
        let presentation = reading[presentationFunction] ?? ""
        guard !presentation.hasPrefix("prohib"), presentation != "unavailable", let number = reading[numberFunction],
            number.utf8.allSatisfy({ "0123456789+*#".utf8.contains($0) })
        else { return "" }
        return String(number.prefix(32))
    }

    private static let idFunction = "CHANNEL(uniqueid)"
    /// What must be known of a channel whose partners are to be found.
    static let questions = [partnersVariable, idFunction]
}

/// The channels that a value of `BRIDGEPEER` names.
struct PartnerNames {
    /// Without those by which Asterisk itself speaks in a conference.
    let names: Set<ChannelName>
    /// Whether these are all. Asterisk names ten; it sets the variable again for each further one who joins, to the same value
    /// (`main/bridge.c`, `set_bridge_peer_vars_multiparty`; measured on 22.10.1).
    let isComplete: Bool

    init(_ value: String) {
        let all = value.split(separator: ",").map(String.init)
        names = Set(all.filter { !Self.isAnnouncer($0) }.map { ChannelName($0) })
        isComplete = all.count < 10
    }

    /// Whether Asterisk itself speaks by a channel of this name, or records a bridge.
    static func isAnnouncer(_ name: String) -> Bool {
        ["CBAnn/", "CBRec/", "Announcer/", "Recorder/"].contains { name.hasPrefix($0) }
    }
}
