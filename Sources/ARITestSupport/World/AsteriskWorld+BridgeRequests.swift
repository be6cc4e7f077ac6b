import ARI

extension AsteriskWorld {
    mutating func handleBridges(_ call: RequestCall) -> ARIHTTPResponse {
        if call.operation == "bridges.list" { return .success(.array(bridges.map(json))) }
        let id = Bridge.ID(call.first)
        if call.operation == "bridges.createWithId" { return createBridge(id, call) }
        guard let bridge = bridge(id) else {
            // Who is to leave a bridge that has just been destroyed has left it.
            let isLate = call.operation == "bridges.removeChannel" && ledger.bridges.contains(id)
            if call.operation != "bridges.get", !isLate { noteMissing(id, call.operation) }
            return .refusal(404, "Bridge not found")
        }
        if call.operation == "bridges.get" { return .success(json(bridge)) }
        if bridge.creator != "Stasis" {
            violate(call.operation, "bridge \(id) belongs to somebody's call")
            return .refusal(409, "Bridge not in Stasis application")
        }
        switch call.operation {
        case "bridges.destroy": return destroy(bridge)
        case "bridges.addChannel": return add(call, to: bridge)
        default: return remove(call, from: bridge)
        }
    }

    private mutating func createBridge(_ id: Bridge.ID, _ call: RequestCall) -> ARIHTTPResponse {
        let tokens = Set(call.list("type"))
        let known: Set = ["mixing", "holding", "dtmf_events", "proxy_media", "video_sfu", "video_single", "sdp_label"]
        guard tokens.isSubset(of: known), !tokens.isSuperset(of: ["mixing", "holding"]) else {
            violate(call.operation, "no such type of bridge: \(tokens.sorted())")
            return .refusal(500, "Unable to create bridge")
        }
        if ledger.bridges.contains(id) {
            violate(call.operation, "the ID \(id) was used before")
            if bridge(id) != nil { return .refusal(409, "Bridge with id '\(id)' already exists") }
        }
        let isHolding = tokens.contains("holding")
        let bridge = Bridge(
            id: id,
            technology: isHolding ? "holding_bridge" : "simple_bridge",
            kind: isHolding ? .holding : .mixing,
            name: call["name"] ?? "",
            creator: "Stasis",
            creationTime: ARITimestamp(timestamp())
        )
        bridges.append(bridge, as: id)
        ledger.bridges.insert(id)
        ledger.ownBridges.insert(id)
        return .success(json(bridge))
    }

    /// Members leave the bridge and stay in Stasis. Whether `BridgeDestroyed` comes depends on subscriptions that
    /// nobody should count on; here it comes for a bridge that is empty.
    private mutating func destroy(_ bridge: Bridge) -> ARIHTTPResponse {
        for channel in bridge.channels {
            leave(channel)
            change(channel) { $0.isThrownOut = true }
        }
        if bridge.channels.isEmpty {
            let connected = applications.filter(\.value.isConnected).keys
            publish("BridgeDestroyed", about: bridge.id, nil, watchers: Set(connected))
        }
        bridges.remove(bridge.id)
        for name in Array(applications.keys) { applications[name]?.subscriptions[.bridge(bridge.id)] = nil }
        ledger.bridgeRemovals[bridge.id, default: 0] += 1
        return .noContent
    }

    private mutating func add(_ call: RequestCall, to bridge: Bridge) -> ARIHTTPResponse {
        let channels = call.list("channel").map { Channel.ID($0) }
        if let refusal = refusal(of: channels, call) { return refusal }
        for channel in channels {
            if isRecording(channel) {
                violate(call.operation, "\(channel) records")
                return .refusal(409, "Channel \(channel) currently recording")
            }
            enter(channel, bridge.id)
            change(channel) { leg in
                leg.isMuted = call["mute"] == "true"
                leg.role = call["role"]
            }
        }
        let doubled = self.bridge(bridge.id).map { doubledSnoops(in: $0) } ?? []
        for (one, other) in doubled where channels.contains(one) || channels.contains(other) {
            violate(call.operation, "\(one) and \(other) snoop on one call and meet in one bridge")
        }
        return .noContent
    }

    private mutating func remove(_ call: RequestCall, from bridge: Bridge) -> ARIHTTPResponse {
        let channels = call.list("channel").map { Channel.ID($0) }
        if let refusal = refusal(of: channels, call) { return refusal }
        guard channels.allSatisfy({ leg($0)?.bridge == bridge.id }) else {
            return .refusal(422, "Channel not in this bridge")
        }
        for channel in channels { leave(channel) }
        return .noContent
    }

    /// Asterisk looks at all channels first and refuses the whole request for one of them
    /// (`res/ari/resource_bridges.c`, `control_list_create`).
    private mutating func refusal(of channels: [Channel.ID], _ call: RequestCall) -> ARIHTTPResponse? {
        guard !channels.isEmpty else {
            violate(call.operation, "no channel")
            return .refusal(400, "Missing parameter channel")
        }
        for channel in channels {
            guard let leg = leg(channel) else {
                noteMissing(channel, call.operation)
                return .refusal(400, "Channel not found")
            }
            guard case .stasis = leg.place else {
                if leg.place == .dialplan, !ledger.inStasis.contains(channel) {
                    violate(call.operation, "\(channel) was never in Stasis")
                }
                return .refusal(422, "Channel not in Stasis application")
            }
        }
        return nil
    }
}
