package import ARI

/// The audio hooks of a channel that has snoops.
///
/// All hooks of one direction share a translator, which takes packets that are numbered lower than the last ones for late
/// ones, and drops them. It lives as long as there is a hook (Asterisk's `main/audiohook.c`, and `main/translate.c` with Debian's
/// patch `2016_opus_plc`; measured on 22.10.1). A conference has numbers of its own.
struct AudioHooks: Sendable, Equatable {
    enum Source: Sendable, Equatable {
        case partner(Channel.ID)
        /// A file that Asterisk plays to the channel.
        case file
    }

    /// Whose packets came first.
    var source: Source?
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

    /// Asterisk begins to play a file to a channel in a call, as it does when it fetches somebody back from a consultation.
    package mutating func beginFile(to id: Channel.ID) {
        filesPlayed.insert(id)
        if leg(id)?.hooks != nil { change(id) { $0.hooks?.source = .file } }
    }

    package mutating func endFile(to id: Channel.ID) { filesPlayed.remove(id) }

    /// The channel's hooks get the first packets of whoever it talks to.
    mutating func hear(_ id: Channel.ID) {
        guard let hooks = leg(id)?.hooks, hooks.source == nil else { return }
        if filesPlayed.contains(id) {
            change(id) { $0.hooks?.source = .file }
        } else if let partner = onlyPartner(of: id) {
            change(id) { $0.hooks?.source = .partner(partner) }
        }
    }

    /// True if hooks drop what is sent to the channel, and whispers to it.
    func isDeaf(_ id: Channel.ID) -> Bool {
        guard numbersNewPartnersLower, let first = leg(id)?.hooks?.source, let now = onlyPartner(of: id) else {
            return false
        }
        return first != .partner(now)
    }

    /// The other channel in a bridge of two.
    private func onlyPartner(of id: Channel.ID) -> Channel.ID? {
        guard let bridge = leg(id)?.bridge.flatMap({ bridge($0) }), bridge.kind != .holding, bridge.channels.count == 2
        else { return nil }
        return bridge.channels.first { $0 != id }
    }
}
