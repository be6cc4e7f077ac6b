import ARI

/// The audio hooks of a channel that has snoops.
///
/// All hooks of one direction share a translator, which takes packets that are numbered lower than the last ones for late
/// ones, and drops them. It lives as long as there is a hook (Asterisk's `main/audiohook.c` and `main/translate.c`;
/// measured on 22.10.1). A conference has numbers of its own.
struct AudioHooks: Sendable, Equatable {
    /// Whose packets came first.
    var partner: Channel.ID?
}

extension AsteriskWorld {
    /// Lets packets flow through every channel: audio hooks of which the last snoop has gone go too, and then the snoop.
    package mutating func passPackets() {
        lingering.removeAll { snoop in !silentChannels.contains { snoop.name.hasPrefix("Snoop/\($0.rawValue)-") } }
        for id in legs.hooksWithoutSnoop { change(id) { $0.hooks = nil } }
    }

    mutating func addHooks(to id: Channel.ID) {
        change(id) { $0.hooks = $0.hooks ?? AudioHooks() }
        hear(id)
    }

    /// The channel's hooks get the first packets of whoever it talks to.
    mutating func hear(_ id: Channel.ID) {
        guard let hooks = leg(id)?.hooks, hooks.partner == nil, let partner = onlyPartner(of: id) else { return }
        change(id) { $0.hooks?.partner = partner }
    }

    /// True if hooks drop what is sent to the channel, and whispers to it.
    func isDeaf(_ id: Channel.ID) -> Bool {
        guard numbersNewPartnersLower, let first = leg(id)?.hooks?.partner, let now = onlyPartner(of: id) else {
            return false
        }
        return first != now
    }

    /// The other channel in a bridge of two.
    private func onlyPartner(of id: Channel.ID) -> Channel.ID? {
        guard let bridge = leg(id)?.bridge.flatMap({ bridge($0) }), bridge.kind != .holding, bridge.channels.count == 2
        else { return nil }
        return bridge.channels.first { $0 != id }
    }
}
