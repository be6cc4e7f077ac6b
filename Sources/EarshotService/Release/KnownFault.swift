/// Something that releases of Asterisk are known to do badly in monitoring.
///
/// `Versions.md` of the documentation has the same table; a test compares the two.
package struct KnownFault: Hashable, Sendable {
    /// The releases that have it: for each line the first one, up to the first that has it no more.
    package let releases: [Range<AsteriskVersion>]
    /// What supervisors, agents or the PBX get to feel of it.
    package let effect: String
    /// What to do about it.
    package let cure: String
    /// Where it is written down, such as `asterisk#2134` (an issue of asterisk/asterisk); nil for a release that is too old.
    package let source: String?

    /// The effect and its source, for people.
    package var text: String { source.map { "\(effect) (\($0))" } ?? effect }

    /// The faults of a release, worst first.
    package static func faults(of version: AsteriskVersion) -> [KnownFault] {
        all.filter { fault in fault.releases.contains { $0.contains(version) } }
    }

    /// All of them, worst first.
    ///
    /// The releases are those of `reference/asterisk-ari.md`, sections 1 and 7: the first of each line that contains the commit.
    /// That 20.22, 22.12 and 23.6 are without asterisk#2134 is in the change log of 20.22.0-rc2.
    package static let all: [KnownFault] = [
        KnownFault(
            releases: [AsteriskVersion(0, 0)..<AsteriskVersion(16, 0)],
            effect: "Earshot is not made for a release as old as this one, and may not work with it",
            cure: "update to Asterisk 16 or later, best to 22.10.1",
            source: nil
        ),
        KnownFault(
            releases: [line(16), line(17), line(18, before: 17), line(19), line(20, before: 2)],
            effect: "Asterisk can crash when a call ends while somebody begins to monitor it",
            cure: "update to 18.17, 20.2, 21.0 or later",
            source: "ASTERISK-29604"
        ),
        KnownFault(
            releases: [line(20, from: 21, before: 22), line(22, from: 11, before: 12), line(23, from: 5, before: 6)],
            effect: "after whisper or barge Asterisk can leak memory, use up a processor, and fail to bridge the agent",
            cure: "use 20.20.1, 22.10.1 or 23.4.1, or a release whose change log closes this issue",
            source: "asterisk#2134"
        ),
        KnownFault(
            releases: [line(20, from: 19, before: 20), line(22, from: 9, before: 10), line(23, from: 3, before: 4)],
            effect: "Asterisk can hang when a channel is hung up over ARI, as sessions do, and calls with it",
            cure: "update to 20.20.1, 22.10.1 or 23.4.1",
            source: "asterisk#1907"
        ),
        KnownFault(
            releases: [line(20, from: 12, before: 15), line(21, from: 7, before: 10), line(22, from: 2, before: 5)],
            effect: "what the supervisor hears can stutter",
            cure: "update to 20.15, 21.10, 22.5 or later",
            source: "asterisk#1276"
        ),
        KnownFault(
            releases: [line(16, before: 30), line(17), line(18, before: 16), line(19), line(20, before: 1)],
            effect: "with o in SPY_PARAMS the agent's voice crackles",
            cure: "update to 16.30, 18.16, 20.1 or later",
            source: "ASTERISK-30252"
        ),
        KnownFault(
            releases: [line(16), line(17), line(18, before: 25), line(19), line(20, before: 10), line(21, before: 5)],
            effect: "each step of a session can take 0.2 s longer, so that the call is heard later",
            cure: "update to 18.25, 20.10, 21.5, 22.0 or later",
            source: "asterisk#801"
        ),
        KnownFault(
            releases: [
                line(16), line(17), line(18), line(19), line(20, before: 18), line(21), line(22, before: 8),
                line(23, before: 2),
            ],
            effect: "each session leaves some memory behind in Asterisk until that is started again",
            cure: "update to 20.18, 22.8, 23.2 or later",
            source: "asterisk#1638"
        ),
    ]

    /// The releases of a line.
    ///
    /// - Parameter end: the first minor number that is none of them; nil for the whole line.
    private static func line(_ major: Int, from first: Int = 0, before end: Int? = nil) -> Range<AsteriskVersion> {
        AsteriskVersion(major, first)..<(end.map { AsteriskVersion(major, $0) } ?? AsteriskVersion(major + 1, 0))
    }
}
