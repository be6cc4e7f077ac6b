import Testing
import WebSocketFraming

/// What a parser makes of `pieces`: the head and the rest, or the error.
private func parse(
    _ pieces: [[UInt8]],
    maximumSize: Int = 1000
) -> Result<(head: HTTPResponseHead, rest: [UInt8])?, WebSocketHandshakeError> {
    var parser = HTTPResponseHeadParser(maximumSize: maximumSize)
    for (index, piece) in pieces.enumerated() {
        do throws(WebSocketHandshakeError) {
            if let (head, rest) = try parser.append(piece) {
                return .success((head, rest + pieces[(index + 1)...].joined()))
            }
        } catch {
            return .failure(error)
        }
    }
    return .success(nil)
}

private func parse(
    _ text: String,
    maximumSize: Int = 1000
) -> Result<(head: HTTPResponseHead, rest: [UInt8])?, WebSocketHandshakeError> {
    parse([Array(text.utf8)], maximumSize: maximumSize)
}

extension Result where Failure == WebSocketHandshakeError {
    fileprivate var error: WebSocketHandshakeError? {
        if case .failure(let error) = self { error } else { nil }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct HTTPResponseHeadTests {
    @Test func `every split gives the same head and the same rest`() throws {
        let bytes = agreement("X-Note:  two words \t\r\n") + [0x81, 0x00]
        let whole = try #require(try parse([bytes]).get())
        #expect(whole.head.status == 101)
        #expect(whole.head.values(of: "x-note") == ["two words"])
        #expect(whole.rest == [0x81, 0x00])
        for place in 0...bytes.count {
            let pieces = try #require(try parse(cut(bytes, at: [place])).get())
            #expect(pieces == whole)
        }
        let single = try #require(try parse(bytes.map { [$0] }).get())
        #expect(single == whole)
    }

    @Test func `names have no case, and lists may be spread over lines`() throws {
        let head = try #require(try parse("HTTP/1.1 200 OK\r\nCONNECTION: a,B\r\nconnection:  c \r\n\r\n").get()).head
        #expect(head.values(of: "Connection") == ["a,B", "c"])
        #expect(head.tokens(of: "Connection") == ["a", "b", "c"])
        #expect(head.values(of: "Other").isEmpty)
    }

    @Test(arguments: ["HTTP/1.1 404 Not Found\r\n\r\n", "HTTP/1.0 404\r\n\r\n", "HTTP/1.1 404 \n\n"])
    func `a status line with and without a phrase is read`(text: String) throws {
        #expect(try parse(text).get()?.head == HTTPResponseHead(status: 404))
    }

    @Test func `interim answers are passed over`() throws {
        let text = "HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 401 No\r\n\r\n"
        #expect(try parse(text).get()?.head == HTTPResponseHead(status: 401))
    }

    @Test(
        arguments: [
            ("\r\n", .notHTTP), ("SSH-2.0\r\n", .notHTTP), ("HTTP/2 200\r\n\r\n", .notHTTP), ("X", .notHTTP),
            ("\u{15}\u{3}\u{1}", .notHTTP), ("HTTP/1.11 200 OK\r\n", .notHTTP),
            ("HTTP/1.1\r\n", .malformedStatusLine), ("HTTP/1.1 20 OK\r\n", .malformedStatusLine),
            ("HTTP/1.1 +20 OK\r\n", .malformedStatusLine), ("HTTP/1.1 2000 OK\r\n", .malformedStatusLine),
            ("HTTP/1.1 abc OK\r\n", .malformedStatusLine), ("HTTP/1.1  200 OK\r\n", .malformedStatusLine),
            ("HTTP/1.1 200 OK\r\nno colon\r\n", .malformedHeader), ("HTTP/1.1 200 OK\r\n: x\r\n", .malformedHeader),
            ("HTTP/1.1 200 OK\r\nName : x\r\n", .malformedHeader),
            ("HTTP/1.1 200 OK\r\nA: b\r\n folded: c\r\n", .malformedHeader),
        ] as [(String, WebSocketHandshakeError)]
    )
    func `what is no head is named`(text: String, error: WebSocketHandshakeError) {
        #expect(parse(text).error == error)
        #expect(parse(text.utf8.map { [$0] }).error == error)
    }

    @Test func `a head above the limit is refused, ended or not`() throws {
        let head = "HTTP/1.1 200 OK\r\nX: 12345678\r\n\r\n"
        #expect(try parse(head, maximumSize: head.utf8.count).get() != nil)
        #expect(parse(head, maximumSize: head.utf8.count - 1).error == .responseHeadTooLarge)
        #expect(parse("HTTP/1.1 200 " + String(repeating: "x", count: 1000)).error == .responseHeadTooLarge)
    }

    @Test(arguments: 0..<10)
    func `random changes of a good head never trap`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            var bytes = agreement()
            for _ in 0..<3 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            let place = Int.random(in: 0...bytes.count, using: &generator)
            #expect(parse([bytes]).error == parse(cut(bytes, at: [place])).error)
        }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct HandshakeTests {
    private func check(_ headers: [(String, String)]) -> WebSocketHandshakeError? {
        let head = HTTPResponseHead(status: 101, headers: headers.map { .init(name: $0.0, value: $0.1) })
        do throws(WebSocketHandshakeError) {
            try WebSocketHandshake(expectedAccept: testAccept).check(head)
            return nil
        } catch {
            return error
        }
    }

    private let good = [
        ("upgrade", "WebSocket"), ("CONNECTION", "keep-alive, Upgrade"), ("Sec-WebSocket-Accept", testAccept),
    ]

    @Test func `an answer with everything in it is taken, whatever its case`() {
        #expect(check(good) == nil)
    }

    @Test func `each missing or wrong part is named`() {
        #expect(check(Array(good[1...])) == .upgradeMissing)
        #expect(check([("Upgrade", "h2c")] + good[1...]) == .upgradeMissing)
        #expect(check([good[0], good[2]]) == .connectionUpgradeMissing)
        #expect(check(Array(good[..<2])) == .acceptMissing)
        #expect(check(good[..<2] + [("Sec-WebSocket-Accept", testAccept.lowercased())]) == .acceptMismatch)
        #expect(check(good + [("Sec-WebSocket-Accept", testAccept)]) == .acceptMismatch)
        #expect(check(good + [("Sec-WebSocket-Extensions", "permessage-deflate")]) == .unrequestedExtension)
    }

    @Test func `no subprotocol may be chosen, because none is offered`() {
        #expect(check(good + [("Sec-WebSocket-Protocol", "ari")]) == .unrequestedSubprotocol)
    }

    @Test func `the request is written as RFC 6455 section 4 1 asks`() throws {
        let request = WebSocketUpgradeRequest(
            host: "pbx:8088",
            target: "/ari/events?app=x",
            key: "dGhlIHNhbXBsZSBub25jZQ==",
            headers: [.init(name: "Authorization", value: "Basic c2VjcmV0")]
        )
        let expected = """
            GET /ari/events?app=x HTTP/1.1\r
            Host: pbx:8088\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
            Sec-WebSocket-Version: 13\r
            Authorization: Basic c2VjcmV0\r
            \r

            """
        #expect(String(decoding: try request.encoded(), as: UTF8.self) == expected)
    }

    @Test func `nothing can break out of its line`() {
        var request = WebSocketUpgradeRequest(host: "h", target: "/a\r\nX: y", key: "k")
        #expect(throws: WebSocketUpgradeRequestError.invalidTarget) { try request.encoded() }
        request.target = "/a b"
        #expect(throws: WebSocketUpgradeRequestError.invalidTarget) { try request.encoded() }
        request.target = "a"
        #expect(throws: WebSocketUpgradeRequestError.invalidTarget) { try request.encoded() }
        request.target = "/a"
        request.headers = [.init(name: "X", value: "a\r\nY: b")]
        #expect(throws: WebSocketUpgradeRequestError.invalidHeader(name: "X")) { try request.encoded() }
        request.headers = [.init(name: "X:", value: "a")]
        #expect(throws: WebSocketUpgradeRequestError.invalidHeader(name: "")) { try request.encoded() }
    }

    @Test func `whatever prints a request shows neither its headers nor its query`() {
        let request = WebSocketUpgradeRequest(
            host: "h",
            target: "/events?api_key=secret",
            key: "secret",
            headers: [.init(name: "Authorization", value: "secret")]
        )
        var dumped = ""
        dump(request, to: &dumped)
        for text in ["\(request)", String(reflecting: request), dumped] {
            #expect(text.contains("/events"))
            #expect(!text.contains("secret"))
        }
    }
}
