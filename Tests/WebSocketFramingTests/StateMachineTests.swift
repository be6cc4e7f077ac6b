import Testing
import WebSocketFraming

@Suite(.timeLimit(.minutes(1)))
struct StateMachineTests {
    private func closing(_ code: UInt16) -> WebSocketOutput { .send(close(code)) }

    // MARK: - Handshake

    @Test func `a 101 opens, and frames behind it are read`() {
        var machine = newMachine()
        let outputs = machine.received(agreement() + serverBytes(text("early")))
        #expect(outputs == [.opened, .message(.text(Array("early".utf8)))])
        #expect(machine.isOpen)
    }

    @Test func `a whole conversation gives the same outputs however it is cut`() {
        let frames = [
            text("one"), text("tw", isFinal: false), WebSocketFrame(opcode: .ping, payload: [9]),
            continuation(Array("o".utf8)), WebSocketFrame(opcode: .pong, payload: [1]), close(1000, "bye"),
        ]
        let bytes = agreement() + frames.flatMap(serverBytes)
        let expected: [WebSocketOutput] = [
            .opened, .message(.text(Array("one".utf8))), .send(WebSocketFrame(opcode: .pong, payload: [9])),
            .message(.text(Array("two".utf8))), .pong([1]), closing(1000),
            .ended(.closedByServer(WebSocketClose(code: .normal, reason: "bye"))),
        ]
        for place in 0...bytes.count {
            var machine = newMachine()
            #expect(cut(bytes, at: [place]).flatMap { machine.received($0) } == expected)
            #expect(machine.hasEnded)
        }
        var machine = newMachine()
        #expect(bytes.flatMap { machine.received([$0]) } == expected)
    }

    @Test func `a refusal waits for its body, and keeps no more than the limit`() {
        var machine = newMachine(WebSocketLimits(refusalBody: 5))
        #expect(machine.received(Array("HTTP/1.1 401 No\r\nContent-Length: 9\r\n\r\n123".utf8)).isEmpty)
        #expect(
            machine.received(Array("456789".utf8)) == [.ended(.refused(.init(status: 401, body: Array("12345".utf8))))]
        )
    }

    @Test(arguments: [
        "Content-Length: 0\r\n", "", "Content-Length: -1\r\n", "Content-Length: x\r\n",
        "Transfer-Encoding: chunked\r\n",
    ])
    func `a refusal without a length does not wait`(header: String) {
        var machine = newMachine()
        let outputs = machine.received(Array("HTTP/1.1 503 No\r\n\(header)\r\n".utf8))
        #expect(outputs == [.ended(.refused(.init(status: 503, body: [])))])
    }

    @Test func `a refusal whose body does not come counts as it is`() {
        let head = Array("HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\n123".utf8)
        let expected = [WebSocketOutput.ended(.refused(.init(status: 404, body: Array("123".utf8))))]
        var machine = newMachine()
        _ = machine.received(head)
        #expect(machine.connectionEnded() == expected)
        machine = newMachine()
        _ = machine.received(head)
        #expect(machine.handshakeTimedOut() == expected)
        machine = newMachine()
        #expect(machine.handshakeTimedOut().isEmpty)
    }

    @Test func `a wrong answer ends the handshake`() {
        var machine = newMachine()
        #expect(machine.received(Array("SSH".utf8)) == [.ended(.handshakeFailed(.notHTTP))])
        machine = newMachine()
        let head = Array("HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n".utf8)
        #expect(machine.received(head) == [.ended(.handshakeFailed(.acceptMissing))])
        machine = newMachine()
        #expect(machine.connectionEnded() == [.ended(.handshakeFailed(.connectionEnded))])
    }

    // MARK: - Errors

    @Test(
        arguments: [
            ([0xC1, 0x00], .reservedBitsSet, 1002), (serverBytes(continuation([1])), .unexpectedContinuation, 1002),
            (serverBytes(text("a", isFinal: false)) + serverBytes(text("b")), .expectedContinuation, 1002),
            ([0x81, 0x01, 0xFF], .invalidUTF8, 1007), ([0x88, 0x01, 0x03], .invalidClosePayload, 1002),
            ([0x88, 0x02, 0x03, 0xEE], .invalidCloseCode(1006), 1002),
            ([0x88, 0x03, 0x03, 0xE8, 0xFF], .invalidUTF8, 1007),
            ([0x81, 126, 0x03, 0xE9], .frameTooLarge(1001), 1009),
        ] as [([UInt8], WebSocketProtocolError, UInt16)]
    )
    func `a broken rule closes with its code and ends`(bytes: [UInt8], error: WebSocketProtocolError, code: UInt16) {
        var machine = openMachine(WebSocketLimits(framePayload: 1000, message: 1000))
        #expect(machine.received(bytes) == [closing(code), .ended(.protocolError(error))])
        #expect(machine.hasEnded)
    }

    @Test func `messages before a broken rule are delivered`() {
        var machine = openMachine()
        let outputs = machine.received(serverBytes(text("good")) + [0xF0])
        #expect(
            outputs == [.message(.text(Array("good".utf8))), closing(1002), .ended(.protocolError(.reservedBitsSet))]
        )
    }

    @Test func `a message too large is refused although each fragment is small`() {
        var machine = openMachine(WebSocketLimits(message: 3))
        let bytes = serverBytes(text("ab", isFinal: false)) + serverBytes(continuation([0x63, 0x64]))
        #expect(machine.received(bytes) == [closing(1009), .ended(.protocolError(.messageTooLarge(4)))])
    }

    // MARK: - Closing

    @Test func `a CLOSE without a code is answered without one`() {
        var machine = openMachine()
        #expect(machine.received(serverBytes(close(nil))) == [.send(close(nil)), .ended(.closedByServer(nil))])
    }

    @Test(arguments: [[0x81], [0xC1, 0x00], serverBytes(text("late")), serverBytes(WebSocketFrame(opcode: .ping))])
    func `whatever follows a CLOSE is discarded, in the same piece and later`(late: [UInt8]) {
        let answer = [WebSocketOutput.send(close(1000)), .ended(.closedByServer(WebSocketClose(code: .normal)))]
        var machine = openMachine()
        #expect(machine.received(serverBytes(close(1000)) + late) == answer)
        #expect(machine.received(late).isEmpty)
        machine = openMachine()
        #expect(machine.received(serverBytes(close(1000))) == answer)
        #expect(machine.received(late).isEmpty)
    }

    @Test func `after our CLOSE messages are dropped, PINGs are not answered, and the server's CLOSE ends`() {
        var machine = openMachine()
        #expect(machine.closeRequested(WebSocketClose(code: .normal)) == [closing(1000)])
        #expect(machine.received(serverBytes(text("late")) + serverBytes(WebSocketFrame(opcode: .ping))).isEmpty)
        #expect(machine.pingDue(payload: [1]).isEmpty)
        #expect(machine.closeRequested(WebSocketClose(code: .normal)).isEmpty)
        #expect(machine.received(serverBytes(close(1000))) == [.ended(.closedByClient)])
    }

    @Test func `after our CLOSE a broken rule sends nothing more`() {
        var machine = openMachine()
        _ = machine.closeRequested(WebSocketClose(code: .normal))
        #expect(machine.received([0xC1, 0x00]) == [.ended(.protocolError(.reservedBitsSet))])
    }

    @Test func `closing before the handshake is done sends nothing`() {
        var machine = newMachine()
        #expect(machine.closeRequested(WebSocketClose(code: .normal)) == [.ended(.closedByClient)])
    }

    @Test func `a connection that ends without a CLOSE is lost`() {
        var machine = openMachine()
        _ = machine.received(serverBytes(text("half", isFinal: false)))
        #expect(machine.connectionEnded() == [.ended(.connectionLost)])
    }

    @Test func `after the end nothing has an effect`() {
        var machine = openMachine()
        _ = machine.received(serverBytes(close(1000)))
        let ended = machine
        #expect(machine.received(serverBytes(text("late"))).isEmpty)
        #expect(machine.pingDue(payload: [1]).isEmpty)
        #expect(machine.closeRequested(WebSocketClose(code: .normal)).isEmpty)
        #expect(machine.handshakeTimedOut().isEmpty)
        #expect(machine.connectionEnded().isEmpty)
        #expect(machine == ended)
    }

    // MARK: - PING and PONG

    @Test func `a PONG is only ever the answer to a PING`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            var machine = openMachine()
            var pings: [[UInt8]] = []
            var pongs: [[UInt8]] = []
            for _ in 0..<20 where !machine.hasEnded {
                let payload = (0..<3).map { _ in UInt8.random(in: 0...255, using: &generator) }
                let outputs: [WebSocketOutput]
                switch Int.random(in: 0..<6, using: &generator) {
                case 0:
                    pings.append(payload)
                    outputs = machine.received(serverBytes(WebSocketFrame(opcode: .ping, payload: payload)))
                case 1: outputs = machine.received(serverBytes(WebSocketFrame(opcode: .pong, payload: payload)))
                case 2: outputs = machine.received(serverBytes(WebSocketFrame(opcode: .binary, payload: payload)))
                case 3: outputs = machine.pingDue(payload: payload)
                case 4: outputs = machine.received([])
                default: outputs = machine.received(serverBytes(text("x")))
                }
                for case .send(let frame) in outputs where frame.opcode == .pong { pongs.append(frame.payload) }
            }
            #expect(pongs == pings)
        }
    }

    @Test func `a PING of ours carries its payload, cut to what a control frame holds`() {
        var machine = openMachine()
        #expect(machine.pingDue(payload: [1, 2]) == [.send(WebSocketFrame(opcode: .ping, payload: [1, 2]))])
        let long = Array(repeating: UInt8(3), count: 200)
        #expect(machine.pingDue(payload: long) == [.send(WebSocketFrame(opcode: .ping, payload: Array(long[..<125])))])
        machine = newMachine()
        #expect(machine.pingDue(payload: [1]).isEmpty)
    }

    @Test(arguments: 0..<20)
    func `random bytes in any state never trap, and nothing comes after the end`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            var machine = Bool.random(using: &generator) ? newMachine() : openMachine()
            var outputs: [WebSocketOutput] = []
            for _ in 0..<10 {
                let count = Int.random(in: 0...40, using: &generator)
                outputs += machine.received((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
                if Int.random(in: 0..<10, using: &generator) == 0 {
                    outputs += machine.closeRequested(WebSocketClose(code: .normal))
                }
            }
            outputs += machine.connectionEnded()
            let ends = outputs.indices.filter { if case .ended = outputs[$0] { true } else { false } }
            #expect(ends == [outputs.count - 1])
        }
    }
}
