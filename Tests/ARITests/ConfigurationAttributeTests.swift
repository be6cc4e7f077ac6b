import ARITestSupport
import FoundationEssentials
import Testing

@testable import ARI

/// The quick reader says what `JSONDecoder` says, or nothing.
struct ConfigurationAttributeTests {
    private func decoded(_ body: [UInt8]) -> [ConfigurationAttribute]? {
        try? JSONDecoder().decode([ConfigurationAttribute].self, from: Data(body))
    }

    @Test
    func `a recorded endpoint is read`() throws {
        let body = try Recording.bytes("pjsip-endpoint.json")
        let attributes = try #require([ConfigurationAttribute](scanning: body))
        #expect(attributes.count == 138)
        #expect(attributes == decoded(body))
    }

    @Test(arguments: [
        "", "[]", "[", "{}", #"[{"attribute":"a","value":"b"}"#, #"[{"attribute":"a","value":"b"},]"#,
        #"[{"attribute":"a","value":"b"}] "#, #"[ {"attribute":"a","value":"b"}]"#, #"[{"value":"b","attribute":"a"}]"#,
        #"[{"attribute":"a\"","value":"b"}]"#, #"[{"attribute":"a","value":"\u0041"}]"#,
        #"[{"attribute":"ă","value":"b"}]"#, "[{\"attribute\":\"a\u{1}\",\"value\":\"b\"}]",
        #"[{"attribute":"a","value":"b","value":"c"}]"#, #"[{"attribute":"a","value":7}]"#,
    ])
    func `everything in another form is left to the decoder`(body: String) {
        #expect([ConfigurationAttribute](scanning: Array(body.utf8)) == nil)
    }

    @Test
    func `whatever is changed, it never says anything else than the decoder`() throws {
        let body = Array(#"[{"attribute":"SPY_PARAMS","value":"ESsb"},{"attribute":"_DISABLE_SPY","value":"no"}]"#.utf8)
        let bytes = Array(#"[]{}":,\ aS_0"#.utf8) + [0, 0x1F, 0x7F, 0x80, 0xC4, 0xFF]
        var random = SplitMix64(seed: 1)
        var isRead = 0
        for _ in 0..<20_000 {
            var changed = body
            for _ in 0...random.below(2) {
                let index = random.below(changed.count)
                switch random.below(3) {
                case 0: changed[index] = bytes[random.below(bytes.count)]
                case 1: changed.insert(bytes[random.below(bytes.count)], at: index)
                default: changed.remove(at: index)
                }
            }
            guard let attributes = [ConfigurationAttribute](scanning: changed) else { continue }
            isRead += 1
            #expect(attributes == decoded(changed), "\(String(decoding: changed, as: UTF8.self))")
        }
        #expect(isRead > 1_000)
    }

    @Test
    func `the client reads both forms`() async throws {
        let expected = [ConfigurationAttribute(attribute: "SPY_PERMISSION", value: "Barge")]
        for body in [
            #"[{"attribute":"SPY_PERMISSION","value":"Barge"}]"#,
            #"[ {"value":"Bar\u0067e", "attribute":"SPY_PERMISSION"} ]"#,
        ] {
            let client = ARIClient(transport: ScriptedTransport(200, body))
            let attributes = try await client.configuration(ofPJSIPEndpoint: "203")
            #expect(attributes == expected)
        }
        let broken = try await ariError {
            _ = try await ARIClient(transport: ScriptedTransport(200, "[{}]")).configuration(ofPJSIPEndpoint: "203")
        }
        #expect(broken.code == .unexpectedAnswer)
    }
}
