import Testing

@testable import ARITestServer

struct RequestTargetTests {
    @Test func `path and query are decoded after they are split`() {
        let target = RequestTarget("/ari/channels/PJSIP%2F101-0001/variable?variable=A%26B%3D%C3%BC&value=")
        #expect(target.path == ["ari", "channels", "PJSIP/101-0001", "variable"])
        #expect(target["variable"] == "A&B=ü")
        #expect(target["value"] == "")
    }

    @Test func `a path without a query has no parameters`() {
        #expect(RequestTarget("/ari/channels").query.isEmpty)
    }

    @Test func `what is no code stays as it is`() {
        #expect(RequestTarget("/100%").path == ["100%"])
    }
}
