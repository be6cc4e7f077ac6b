extension ARIClient {
    /// All bridges of this Asterisk, those of ordinary calls included, except those that cannot be read: somebody else's, of a
    /// form that we do not know, does not hide the others.
    package func bridges() async throws -> [Bridge] {
        let entries: [ListEntry<Bridge>] = try await send(ARIOperation.listBridges.request(timeout: timeout))
        return entries.compactMap(\.value)
    }

    /// A bridge.
    ///
    /// - Throws: `notFound` if it is gone.
    package func bridge(_ id: Bridge.ID) async throws -> Bridge {
        try await send(ARIOperation.getBridge.request(id.rawValue, timeout: timeout))
    }

    /// Makes a bridge. It stays until it is destroyed, whatever becomes of its channels and of this process.
    ///
    /// - Throws: `conflict` if the ID is in use (older releases answer `serverError`).
    @discardableResult
    package func createBridge(
        _ id: Bridge.ID,
        type: Bridge.Kind = .mixing,
        name: String? = nil
    ) async throws -> Bridge {
        let query: KeyValuePairs<String, String?> = ["type": type.rawValue, "name": name]
        return try await send(ARIOperation.createBridge.request(id.rawValue, query: query, timeout: timeout))
    }

    /// Destroys a bridge. Its channels stay in Stasis.
    @discardableResult
    package func destroyBridge(_ id: Bridge.ID) async throws -> Removal {
        try await remove(ARIOperation.destroyBridge.request(id.rawValue, timeout: timeout))
    }

    /// Takes a channel out of a bridge. When Asterisk answers, it has left (`res/stasis/control.c`, `ast_bridge_depart`).
    ///
    /// - Throws: `notInStasis` if the channel is not in this bridge; `badRequest` if it does not exist; `notFound` if the
    ///   bridge does not exist.
    package func removeChannel(_ channel: Channel.ID, from bridge: Bridge.ID) async throws {
        let query: KeyValuePairs<String, String?> = ["channel": channel.rawValue]
        try await send(ARIOperation.removeChannel.request(bridge.rawValue, query: query, timeout: timeout))
    }

    /// Adds channels to a bridge: all of them or, if one cannot be added, none.
    ///
    /// A success does not prove that a channel is in the bridge: `ChannelEnteredBridge` does.
    ///
    /// - Parameters:
    ///   - role: `announcer` or `participant` in a holding bridge; nil elsewhere.
    ///   - absorbDTMF: keeps the channels' keys from the other members.
    ///   - mute: keeps the channels' audio from the other members.
    /// - Throws: `notInStasis` if a channel is not in Stasis yet, or not any more; `badRequest` if a channel does not
    ///   exist; `notFound` if the bridge does not exist; `conflict` if a channel records: those before it in the list
    ///   are then in the bridge.
    package func addChannels(
        _ channels: [Channel.ID],
        to bridge: Bridge.ID,
        role: String? = nil,
        absorbDTMF: Bool = false,
        mute: Bool = false
    ) async throws {
        let query: KeyValuePairs<String, String?> = [
            "channel": channels.map(\.rawValue).joined(separator: ","),
            "role": role,
            "absorbDTMF": absorbDTMF ? "true" : nil,
            "mute": mute ? "true" : nil,
        ]
        try await send(ARIOperation.addChannel.request(bridge.rawValue, query: query, timeout: timeout))
    }
}
