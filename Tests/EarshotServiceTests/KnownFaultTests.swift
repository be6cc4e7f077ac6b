import EarshotService
import Testing

@Suite struct KnownFaultTests {
    /// Each fault by a word of its text, with the last good release before, the first and last bad, and the next good one.
    @Test(arguments: [
        ("not made", "1.8", true), ("not made", "13.38.3", true), ("not made", "15.7.4", true),
        ("not made", "16.0", false),
        ("crash", "15.7.4", false), ("crash", "16.0", true), ("crash", "16.30.1", true), ("crash", "18.16", true),
        ("crash", "18.17", false), ("crash", "20.1", true), ("crash", "20.2", false), ("crash", "21.0", false),
        ("leak", "20.20.1", false), ("leak", "20.21", true), ("leak", "20.22", false), ("leak", "22.10.1", false),
        ("leak", "22.11", true), ("leak", "22.12", false), ("leak", "23.4.1", false), ("leak", "23.5", true),
        ("leak", "23.6", false),
        ("hang", "20.18", false), ("hang", "20.19", true), ("hang", "20.20", false), ("hang", "22.8", false),
        ("hang", "22.9.3", true), ("hang", "22.10", false), ("hang", "23.2", false), ("hang", "23.3", true),
        ("hang", "23.4", false),
        ("stutter", "20.11", false), ("stutter", "20.12", true), ("stutter", "20.14.9", true),
        ("stutter", "20.15", false),
        ("stutter", "21.6", false), ("stutter", "21.7", true), ("stutter", "21.10", false), ("stutter", "22.1", false),
        ("stutter", "22.2", true), ("stutter", "22.4.9", true), ("stutter", "22.5", false),
    ])
    func `a fault is told for the releases that have it`(word: String, release: String, isBad: Bool) throws {
        try expect(word, of: release, isBad)
    }

    @Test(arguments: [
        ("crackles", "16.28", true), ("crackles", "16.29", true), ("crackles", "16.30", false),
        ("crackles", "17.9", true), ("crackles", "18.15", true), ("crackles", "18.16", false),
        ("crackles", "19.8", true), ("crackles", "20.0", true), ("crackles", "20.1", false),
        ("0.2 s", "16.28", true), ("0.2 s", "18.24", true), ("0.2 s", "18.25", false), ("0.2 s", "20.9", true),
        ("0.2 s", "20.10", false), ("0.2 s", "21.4", true), ("0.2 s", "21.5", false), ("0.2 s", "22.0", false),
        ("memory behind", "16.28", true), ("memory behind", "18.26", true), ("memory behind", "20.17", true),
        ("memory behind", "20.18", false), ("memory behind", "21.12.3", true), ("memory behind", "22.7", true),
        ("memory behind", "22.8", false), ("memory behind", "23.1", true), ("memory behind", "23.2", false),
        ("memory behind", "24.0", false),
    ])
    func `a drawback is told for the releases that have it`(word: String, release: String, isBad: Bool) throws {
        try expect(word, of: release, isBad)
    }

    private func expect(_ word: String, of release: String, _ isBad: Bool) throws {
        let faults = KnownFault.faults(of: try #require(AsteriskVersion(release)))
        #expect(faults.contains { $0.effect.contains(word) } == isBad)
    }

    @Test func `the recommended releases have no fault`() {
        for version in [AsteriskVersion(22, 10, 1), AsteriskVersion(20, 20, 1), AsteriskVersion(23, 4, 1)] {
            #expect(KnownFault.faults(of: version).isEmpty)
        }
    }

    @Test func `each fault has a cure, and says where it is written down`() {
        for fault in KnownFault.all {
            #expect(!fault.cure.isEmpty && !fault.releases.isEmpty)
            #expect(fault.source == nil || fault.text.hasSuffix("(\(fault.source ?? ""))"))
        }
        #expect(KnownFault.all.count { $0.source == nil } == 1, "a release that is too old")
    }
}
