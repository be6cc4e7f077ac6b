import Logging
import Testing

@testable import CurlTransport

private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

@Suite(.timeLimit(.minutes(1)))
struct ConfigurationTests {
    @Test(
        arguments: [
            ("http://127.0.0.1:8088/ari", "http://127.0.0.1:8088/ari"), ("http://127.0.0.1/", "http://127.0.0.1"),
            ("HTTPS://pbx.example/ari//", "https://pbx.example/ari"),
            ("https://[::1]:8089/ari", "https://[::1]:8089/ari"),
            ("http://localhost:80/ari", "http://localhost/ari"), ("https://h:443", "https://h"),
        ]
    )
    func `a base URL is read`(text: String, expected: String) throws {
        #expect(try CurlBaseURL(text).description == expected)
    }

    @Test(
        arguments: [
            "", "pbx", "127.0.0.1:8088", "ftp://h/", "ws://h/ari", "http://", "http://h:0/", "http://h:99999/",
            "http://h:x/",
            "http://user@h/ari", "http://user:s3cret@h/ari", "http://:s3cret@h/", "http://h/ari?api_key=u:s3cret",
            "http://h/ari#s3cret", "http://h h/", "http://h/\r\nX: s3cret", "file:///etc/passwd",
        ]
    )
    func `a URL that cannot be used is refused without repeating it`(text: String) {
        #expect {
            try CurlBaseURL(text)
        } throws: { error in
            let error = error as? CurlError
            return error?.code == .invalidBaseURL && !String(reflecting: error).contains("s3cret")
        }
    }

    @Test(
        arguments: [
            ("http://127.0.0.1", true), ("http://127.9.9.9", true), ("http://localhost", true),
            ("http://LOCALHOST", true),
            ("http://a.localhost", true), ("http://[::1]", true), ("http://127.1", true), ("http://10.0.0.1", false),
            ("http://localhost.example", false), ("http://127.0.0.1.example", false), ("http://0.0.0.0", false),
            ("http://[::2]", false), ("http://pbx", false), ("http://notlocalhost", false),
        ]
    )
    func `only this machine is loopback`(text: String, isLoopback: Bool) throws {
        #expect(try CurlBaseURL(text).isLoopback == isLoopback)
    }

    @Test func `plain http beyond this machine is refused unless it is allowed`() async throws {
        var configuration = CurlConfiguration(baseURL: try CurlBaseURL("http://pbx.example/ari"))
        #expect {
            try CurlClient(configuration: configuration, logger: silent)
        } throws: { error in
            (error as? CurlError)?.code == .plainTextRefused
        }
        configuration.allowsPlainTextBeyondLoopback = true
        try await CurlClient(configuration: configuration, logger: silent).shutdown()
        configuration = CurlConfiguration(baseURL: try CurlBaseURL("https://pbx.example/ari"))
        try await CurlClient(configuration: configuration, logger: silent).shutdown()
    }

    @Test(
        arguments: [
            { $0.maximumConnections = 0 }, { $0.requestTimeout = .zero }, { $0.webSocket.pingInterval = .seconds(-1) },
            { $0.credentials?.username = "a:b" }, { $0.credentials?.username = "a\r\nX: y" },
            { $0.credentials?.password = Secret("a\r\nX: y") },
        ] as [@Sendable (inout CurlConfiguration) -> Void]
    )
    func `a setting that cannot work is refused`(change: @Sendable (inout CurlConfiguration) -> Void) throws {
        var configuration = try configuration(port: 1)
        change(&configuration)
        #expect {
            try CurlClient(configuration: configuration, logger: silent)
        } throws: { error in
            (error as? CurlError)?.code == .invalidConfiguration
        }
    }

    @Test func `the library's version is known`() {
        #expect(CurlLibrary.version.first?.isNumber == true)
        #expect(CurlLibrary.version.contains("/"))
    }

    @Test func `base64 is that of RFC 4648`() {
        let examples = [
            "": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=",
            "foobar": "Zm9vYmFy",
        ]
        for (text, encoded) in examples { #expect(TextEncoding.base64(text.utf8) == encoded) }
        #expect(TextEncoding.base64([0xFB, 0xFF, 0xBF] as [UInt8]) == "+/+/")
    }

    @Test func `the accept value is that of RFC 6455 section 1 3`() {
        #expect(WebSocketKey.accept(for: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test func `durations are rounded up to milliseconds`() {
        #expect(Duration.zero.wholeMilliseconds == 0)
        #expect(Duration.nanoseconds(1).wholeMilliseconds == 1)
        #expect(Duration.milliseconds(1500).wholeMilliseconds == 1500)
        #expect(Duration.nanoseconds(-5).wholeMilliseconds == 0)
        #expect(Duration.milliseconds(-500).wholeMilliseconds == 0)
        #expect(Duration.seconds(-5).wholeMilliseconds == 0)
        #expect(Duration.seconds(Int64.max).wholeMilliseconds > 0)
    }
}

@Suite(.timeLimit(.minutes(1)))
struct KeepAliveTests {
    private let start = ContinuousClock.now

    @Test func `a PING is due after each interval, and a PONG settles it`() {
        var keepAlive = WebSocketKeepAlive(interval: .seconds(5), timeout: .seconds(2))
        #expect(keepAlive.nextDeadline == nil)
        #expect(keepAlive.check(start) == .nothing)
        keepAlive.start(start)
        #expect(keepAlive.nextDeadline == start + .seconds(5))
        #expect(keepAlive.check(start + .seconds(4)) == .nothing)
        #expect(keepAlive.check(start + .seconds(5)) == .ping([0, 0, 0, 1]))
        #expect(keepAlive.nextDeadline == start + .seconds(7))
        keepAlive.pongReceived([0, 0, 0, 1])
        #expect(keepAlive.check(start + .seconds(7)) == .nothing)
        #expect(keepAlive.check(start + .seconds(10)) == .ping([0, 0, 0, 2]))
    }

    @Test func `a PONG too late, or to another PING, does not help`() {
        var keepAlive = WebSocketKeepAlive(interval: .seconds(5), timeout: .seconds(2))
        keepAlive.start(start)
        _ = keepAlive.check(start + .seconds(5))
        keepAlive.pongReceived([0, 0, 0, 2])
        keepAlive.pongReceived([])
        #expect(keepAlive.check(start + .seconds(6)) == .nothing)
        #expect(keepAlive.check(start + .seconds(7)) == .lost)
    }

    @Test func `a slow server gets one PING at a time`() {
        var keepAlive = WebSocketKeepAlive(interval: .seconds(1), timeout: .seconds(10))
        keepAlive.start(start)
        #expect(keepAlive.check(start + .seconds(1)) == .ping([0, 0, 0, 1]))
        for second in 2...10 { #expect(keepAlive.check(start + .seconds(second)) == .nothing) }
        #expect(keepAlive.check(start + .seconds(11)) == .lost)
    }
}
