import Monitoring
import Testing

@Suite struct FeatureCodeTests {
    @Test(arguments: [
        ("*91101", MonitoringMode.listen, "101"),
        ("*92101", .whisper, "101"),
        ("*93101", .barge, "101"),
        ("*910", .listen, "0"),
        ("*9191", .listen, "91"),
        ("*91alice.smith_2-home", .listen, "alice.smith_2-home"),
    ])
    func `a code is a prefix and an extension`(dialled: String, mode: MonitoringMode, target: String) throws {
        let code = try FeatureCodePrefixes.standard.parse(dialled)
        #expect(code.mode == mode)
        #expect(code.target.digits == target)
    }

    @Test(arguments: [
        ("", FeatureCodeError.unknownPrefix),
        ("101", .unknownPrefix),
        ("*9", .unknownPrefix),
        ("*94101", .unknownPrefix),
        ("91101", .unknownPrefix),
        ("*91", .missingExtension),
        ("*91*92101", .forbiddenCharacter),
        ("*91101#", .forbiddenCharacter),
        ("*91101,102", .forbiddenCharacter),
        ("*91101&PJSIP/102", .forbiddenCharacter),
        ("*91 101", .forbiddenCharacter),
        ("*911０1", .forbiddenCharacter),
        ("*91101\u{301}", .forbiddenCharacter),
        ("*91" + String(repeating: "1", count: 33), .extensionTooLong),
    ])
    func `anything else is refused with its reason`(dialled: String, error: FeatureCodeError) {
        #expect(throws: error) { try FeatureCodePrefixes.standard.parse(dialled) }
    }

    @Test func `an extension may have 32 characters`() throws {
        let longest = String(repeating: "7", count: 32)
        #expect(try FeatureCodePrefixes.standard.parse("*93" + longest).target.digits == longest)
    }

    @Test(arguments: [("10", "101"), ("10", "010"), ("a", "A"), ("10", "1010")])
    func `extensions are equal only as a whole`(one: Extension, other: Extension) {
        #expect(one != other)
    }

    @Test func `prefixes can be chosen`() throws {
        let prefixes = try FeatureCodePrefixes(listen: "*31", whisper: "*32", barge: "#33")
        #expect(try prefixes.parse("#33200") == FeatureCode(mode: .barge, target: "200"))
        #expect(throws: FeatureCodeError.unknownPrefix) { try prefixes.parse("*91200") }
    }

    @Test(arguments: [("*9", "*91", "*93"), ("*91", "*91", "*93"), ("*91", "*92", "*9")])
    func `prefixes of which one begins another are refused`(listen: String, whisper: String, barge: String) {
        #expect(throws: FeatureCodePrefixesError.self) {
            try FeatureCodePrefixes(listen: listen, whisper: whisper, barge: barge)
        }
    }

    @Test(arguments: ["", "abc", "*9 1", "٣"])
    func `prefixes that a phone cannot dial are refused`(prefix: String) {
        #expect(throws: FeatureCodePrefixesError.notDialable(prefix)) {
            try FeatureCodePrefixes(listen: prefix, whisper: "*92", barge: "*93")
        }
    }
}

@Suite struct ResourceNameTests {
    @Test func `a name is read as it is written`() {
        let name = ResourceName(
            application: "ear-shot",
            session: SessionID(instance: "5f3a91c2", number: 17),
            serial: 3,
            kind: .bridge
        )
        #expect(name.description == "ear-shot-5f3a91c2-17-3-br")
        #expect(ResourceName(name.description) == name)
    }

    @Test(arguments: ["", "1763830000.12", "earshot-1-sn", "earshot-a-b-c-sn", "earshot-5f3a91c2-17-1-xx"])
    func `other names are not ours`(text: String) {
        #expect(ResourceName(text) == nil)
    }
}
