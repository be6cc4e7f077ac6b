/// Snoops that must not be made yet, because others are being taken off the same channel, and their effect on the channel goes
/// only with the last one.
struct HeldSnoops: Sendable {
    struct Held: Sendable {
        let session: SessionID
        let command: CommandID
        let request: SessionRequest
        let snoop: ChannelID
        let leg: LegID
    }

    private var all: [Held] = []

    var isEmpty: Bool { all.isEmpty }

    mutating func hold(_ held: Held) { all.append(held) }

    /// Takes those for which this is true, in the order in which they were asked for.
    mutating func take(where matches: (Held) -> Bool) -> [Held] {
        let taken = all.filter(matches)
        all.removeAll(where: matches)
        return taken
    }

    func contains(_ snoop: ChannelID) -> Bool { all.contains { $0.snoop == snoop } }
}
