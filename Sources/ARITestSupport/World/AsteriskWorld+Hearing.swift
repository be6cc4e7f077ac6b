package import ARI
import Monitoring

extension AsteriskWorld {
    /// Who is heard at a channel's phone.
    ///
    /// Computed from bridges and snoops as Asterisk's audio hooks work (`main/audiohook.c`): a spy hears the channel
    /// before any whisper is mixed in, a whisper `out` is heard by the channel's own party, a whisper `in` by the
    /// others in its bridge.
    package func heard(by listener: Channel.ID) -> Set<Channel.ID> { heard[listener, default: []] }

    /// Who is heard at each channel's phone.
    package var heard: [Channel.ID: Set<Channel.ID>] { audio().heard }

    /// True if what is said at one channel's phone is heard at the other's.
    package func hears(_ listener: Channel.ID, _ speaker: Channel.ID) -> Bool {
        heard(by: listener).contains(speaker)
    }

    /// Voices on both sides of every channel.
    private struct Audio: Equatable {
        /// What each channel says into its bridge, whispers included.
        var said: [Channel.ID: Set<Channel.ID>] = [:]
        /// What each channel is sent by its bridge, whispers not included.
        var sent: [Channel.ID: Set<Channel.ID>] = [:]
        /// What each channel hears, whispers included.
        var heard: [Channel.ID: Set<Channel.ID>] = [:]
    }

    /// Lets every voice run through the graph until nothing changes any more. Voices are only ever added, so it ends.
    private func audio() -> Audio {
        var audio = Audio()
        for leg in legs where leg.snoop == nil && otherHalf(of: leg) == nil {
            audio.said[leg.channel.id] = [leg.channel.id]
        }
        while true {
            let before = audio
            for leg in legs { spread(of: leg, into: &audio) }
            if audio == before { return audio }
        }
    }

    private func spread(of leg: Leg, into audio: inout Audio) {
        let id = leg.channel.id
        audio.sent[id, default: []].formUnion(voicesSent(to: leg, audio))
        audio.heard[id, default: []].formUnion(audio.sent[id, default: []])
        if let far = otherHalf(of: leg) { audio.said[id, default: []].formUnion(audio.heard[far, default: []]) }
        guard let snoop = leg.snoop, self.leg(snoop.target) != nil else { return }
        if snoop.spy.includes(.in) {
            let isPhone = self.leg(snoop.target).map { $0.snoop == nil && otherHalf(of: $0) == nil } ?? false
            let voice: Set = isPhone ? [snoop.target] : audio.said[snoop.target, default: []]
            audio.said[id, default: []].formUnion(voice)
        }
        let isDeaf = isDeaf(snoop.target)
        if snoop.spy.includes(.out), !isDeaf {
            audio.said[id, default: []].formUnion(audio.sent[snoop.target, default: []])
        }
        let whispered = audio.sent[id, default: []]
        if snoop.whisper.includes(.in) {
            audio.said[snoop.target, default: []].formUnion(whispered)
        }
        if snoop.whisper.includes(.out), !isDeaf {
            audio.heard[snoop.target, default: []].formUnion(whispered)
        }
    }

    /// What one half of a Local channel hears, the other says (`main/core_local.c`).
    private func otherHalf(of leg: Leg) -> Channel.ID? {
        guard let far = ChannelName(leg.channel.name).otherHalf else { return nil }
        return legs.called(far.rawValue)?.channel.id
    }

    private func voicesSent(to leg: Leg, _ audio: Audio) -> Set<Channel.ID> {
        guard let id = leg.bridge, let bridge = bridge(id) else { return [] }
        var voices: Set<Channel.ID> = []
        for other in legs where other.bridge == id && other.channel.id != leg.channel.id && !other.isMuted {
            if bridge.kind == .holding, other.role != "announcer" || leg.role == "announcer" { continue }
            voices.formUnion(audio.said[other.channel.id, default: []])
        }
        return voices
    }

    /// Pairs of snoops of one call in one bridge. There must never be one: the one's spying goes into the other's
    /// whisper, and the agent hears their own voice.
    package var doubledSnoops: [(Channel.ID, Channel.ID)] {
        bridges.flatMap { doubledSnoops(in: $0) }
    }

    func doubledSnoops(in bridge: Bridge) -> [(Channel.ID, Channel.ID)] {
        let members = legs.ordered(bridge.channels)
        var pairs: [(Channel.ID, Channel.ID)] = []
        for (index, first) in members.enumerated() {
            for second in members[(index + 1)...] {
                if let one = first.snoop?.target, let other = second.snoop?.target, isSameCall(one, other) {
                    pairs.append((first.channel.id, second.channel.id))
                }
            }
        }
        return pairs
    }

    private func isSameCall(_ one: Channel.ID, _ other: Channel.ID) -> Bool {
        guard one != other else { return true }
        guard let bridge = leg(one)?.bridge else { return false }
        return bridge == leg(other)?.bridge
    }
}

extension AudioDirection {
    /// True if the direction is the other one, or both.
    fileprivate func includes(_ other: AudioDirection) -> Bool {
        self == other || self == .both
    }
}
