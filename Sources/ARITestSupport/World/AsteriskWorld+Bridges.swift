import ARI

extension AsteriskWorld {
    /// Puts a channel into a bridge, out of any other one, with the events in Asterisk's order.
    mutating func enter(_ id: Channel.ID, _ bridge: Bridge.ID) {
        leave(id)
        change(id) { leg in
            leg.bridge = bridge
            leg.isThrownOut = false
        }
        change(bridge) { $0.channels.append(id) }
        refreshTechnology(of: bridge)
        publish("ChannelEnteredBridge", about: bridge, id, watchers: watchers(of: bridge))
        refreshPeers(in: bridge)
    }

    /// Takes a channel out of its bridge. `ChannelLeftBridge` still reaches the application of the channel that left.
    mutating func leave(_ id: Channel.ID) {
        guard let bridge = leg(id)?.bridge else { return }
        let watchers = watchers(of: bridge)
        change(id) { leg in
            leg.bridge = nil
            leg.role = nil
            leg.isMuted = false
        }
        change(bridge) { $0.channels.removeAll { $0 == id } }
        refreshTechnology(of: bridge)
        if leg(id)?.variables["BRIDGEPEER"] != nil {
            change(id) { $0.variables["BRIDGEPEER"] = nil }
            publishVariable("BRIDGEPEER", "", of: id)
        }
        publish("ChannelLeftBridge", about: bridge, id, watchers: watchers)
        refreshPeers(in: bridge)
    }

    /// The names of the channels that a channel is in a mixing bridge with, as `BRIDGEPEER` has them; nil if there is
    /// none.
    private func peers(of id: Channel.ID) -> String? {
        guard let bridge = leg(id)?.bridge.flatMap({ bridge($0) }), bridge.kind != .holding else { return nil }
        // Of many, Asterisk names ten.
        let names = bridge.channels.lazy.filter { $0 != id }.compactMap { leg($0)?.channel.name }.prefix(10)
        return names.isEmpty ? nil : names.joined(separator: ",")
    }

    /// Sets `BRIDGEPEER` of a bridge's channels. Like Asterisk, leaves that of a channel that is alone as it was: it
    /// still names who has left (`main/bridge.c`, `set_bridge_peer_vars`).
    private mutating func refreshPeers(in id: Bridge.ID) {
        guard let members = bridge(id)?.channels, members.count > 1 else { return }
        for member in members {
            let peers = peers(of: member)
            change(member) { $0.variables["BRIDGEPEER"] = peers }
            publishVariable("BRIDGEPEER", peers ?? "", of: member)
            hear(member)
        }
    }

    /// Tells that a variable was set.
    mutating func publishVariable(_ name: String, _ value: String, of id: Channel.ID) {
        publish("ChannelVarset", about: id, [.init("variable", .string(name)), .init("value", .string(value))])
    }

    /// Two channels without RTP of their own in common are joined by `simple_bridge`, more by `softmix`
    /// (Asterisk's `main/bridge.c`, `find_best_technology`).
    private mutating func refreshTechnology(of id: Bridge.ID) {
        change(id) { bridge in
            guard bridge.kind != .holding else { return }
            bridge.technology = bridge.channels.count > 2 ? "softmix" : "simple_bridge"
        }
    }
}
