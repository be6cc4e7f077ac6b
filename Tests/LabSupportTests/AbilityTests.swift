import Testing

@testable import LabSupport

struct AbilityTests {
    @Test(arguments: [
        ("16.28.0", false), ("18.26.0", false), ("20.15.2", false), ("20.16.0", true), ("21.10.0", false),
        ("21.11.0", true), ("22.5.2", false), ("22.6.0", true), ("22.10.1", true), ("23.0.0", true), ("", true),
        ("GIT-22-0a1b2c3", true),
    ])
    func `a release can start early media since it has the request`(version: String, can: Bool) {
        #expect(AsteriskAbility.startEarlyMedia.isThere(in: version) == can)
    }

    @Test(arguments: [("16.28.0", false), ("22.10.1", true), ("23.0.0", true)])
    func `a release keeps music on hold from audio hooks`(version: String, can: Bool) {
        #expect(AsteriskAbility.keepMusicFromHooks.isThere(in: version) == can)
    }
}
