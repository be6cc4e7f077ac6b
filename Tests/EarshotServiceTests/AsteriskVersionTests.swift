import EarshotService
import Testing

@Suite struct AsteriskVersionTests {
    @Test(arguments: [
        ("22.10.1", AsteriskVersion(22, 10, 1)),
        ("22.10.1~dfsg+~cs6.15.60671435", AsteriskVersion(22, 10, 1)),
        ("16.28.0~dfsg-0+deb11u5", AsteriskVersion(16, 28)),
        ("20.21.0-rc1", AsteriskVersion(20, 21)),
        ("22.10", AsteriskVersion(22, 10)),
    ])
    func `a release is read from what Asterisk says of itself`(text: String, version: AsteriskVersion) {
        #expect(AsteriskVersion(text) == version)
    }

    @Test(arguments: [
        "", "GIT-master-0a1b2c3", "GIT-22-0a1b2c3", "GIT-22.10-0a1b2c3", "22", "x", ".", "22.", ".22.10", "-22.10",
        "99999999999999999999.1", "22.99999999999999999999", "٢٢.١٠", "UNKNOWN__and_probably_unsupported",
    ])
    func `what is no release is none`(text: String) {
        #expect(AsteriskVersion(text) == nil)
    }

    @Test(arguments: ["certified-20.7-cert4", "certified/18.9-cert17", "certified-16.8-cert14"])
    func `a certified release is not judged by its number, as it has mendings of later ones`(text: String) {
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
}
