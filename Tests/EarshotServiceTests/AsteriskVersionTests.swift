import EarshotService
import Testing

@Suite struct AsteriskVersionTests {
    @Test(arguments: [
        ("22.10.1", AsteriskVersion(22, 10, 1)),
        ("22.10.1~dfsg+~cs6.15.60671435", AsteriskVersion(22, 10, 1)),
        ("16.28.0~dfsg-0+deb11u5", AsteriskVersion(16, 28)),
        ("20.21.0-rc1", AsteriskVersion(20, 21)),
        ("certified-20.7-cert4", AsteriskVersion(20, 7)),
        ("certified/18.9-cert17", AsteriskVersion(18, 9)),
        ("22.10", AsteriskVersion(22, 10)),
    ])
    func `a release is read from what Asterisk says of itself`(text: String, version: AsteriskVersion) {
        #expect(AsteriskVersion(text) == version)
    }

    @Test(arguments: ["", "GIT-master-0a1b2c3", "22", "x", ".", "22.", "99999999999999999999.1", "٢٢.١٠"])
    func `what is no release is none`(text: String) {
        #expect(AsteriskVersion(text) == nil)
    }

    @Test func `releases are ordered by number`() {
        let ordered = [
            AsteriskVersion(16, 30), AsteriskVersion(18, 2), AsteriskVersion(18, 16), AsteriskVersion(22, 2, 9),
            AsteriskVersion(22, 10), AsteriskVersion(22, 10, 1),
        ]
        #expect(ordered.sorted() == ordered)
        #expect(AsteriskVersion(22, 2).description == "22.2.0")
    }

    /// Each fault by a word of its text, with the last good release before, the first and last bad, and the next good one.
    @Test(arguments: [
        ("crackles", "16.28", true), ("crackles", "16.29", true), ("crackles", "16.30", false),
        ("crackles", "17.9", true), ("crackles", "18.15", true), ("crackles", "18.16", false),
        ("crackles", "19.8", true), ("crackles", "20.0", true), ("crackles", "20.1", false),
        ("leak", "20.20.1", false), ("leak", "20.21", true), ("leak", "20.22", false), ("leak", "22.10.1", false),
        ("leak", "22.11", true), ("leak", "22.12", false), ("leak", "23.4.1", false), ("leak", "23.5", true),
        ("leak", "23.6", false),
        ("hang", "20.18", false), ("hang", "20.19", true), ("hang", "20.20", false), ("hang", "22.8", false),
        ("hang", "22.9.3", true), ("hang", "22.10", false), ("hang", "23.3", true), ("hang", "23.4", false),
        ("stutter", "20.11", false), ("stutter", "20.12", true), ("stutter", "20.15", false), ("stutter", "21.7", true),
        ("stutter", "21.10", false), ("stutter", "22.1", false), ("stutter", "22.2", true), ("stutter", "22.5", false),
    ])
    func `a fault is told for the releases that have it`(word: String, release: String, isBad: Bool) throws {
        let faults = KnownFault.faults(of: try #require(AsteriskVersion(release)))
        #expect(faults.contains { $0.effect.contains(word) } == isBad)
        #expect(faults.allSatisfy { !$0.cure.isEmpty })
    }

    @Test func `the recommended releases have no fault`() {
        for version in [AsteriskVersion(22, 10, 1), AsteriskVersion(20, 20, 1), AsteriskVersion(23, 4, 1)] {
            #expect(KnownFault.faults(of: version).isEmpty)
        }
    }
}
