/// One WebSocket, seen from the client: bytes in, outputs out. No network, no clock, no randomness.
///
/// Inputs that come too late (bytes, a PING that is due, a second request to close, after the connection ended) are
/// legitimate races between the network, timers and the application; they are answered with no output.
///
/// A PONG is only ever sent in answer to a PING: releases of Asterisk exist that crash at an unsolicited one.
package struct WebSocketClientStateMachine: Equatable, Sendable {
    private enum State: Equatable {
        /// The upgrade request is sent. Can transition to: `open` if the server agrees; `refused` if it answers
        /// anything but 101; `ended` if the answer is wrong or the connection ends.
        case handshaking(HTTPResponseHeadParser)
        /// The server refused, and its body is collected. Can transition to: `ended` if the body is long enough.
        case refused(WebSocketRefusal, missing: Int)
        /// Messages may come. Can transition to: `closing` if we close; `ended` if the server closes, breaks a rule
        /// or is lost.
        case open
        /// Our CLOSE is sent, the server's is not here yet. Can transition to: `ended` if it comes or the connection
        /// ends.
        case closing
        /// Nothing more happens.
        case ended
    }

    private let handshake: WebSocketHandshake
    private let limits: WebSocketLimits
    private var state: State
    // What reads the server's frames. Beside the state, not in it: a large message is put together in place, while taking it out
    // of an enumeration and putting it back would copy it at each read.
    private var decoder: FrameDecoder
    private var assembler: MessageAssembler

    /// Begins after the upgrade request was written.
    package init(handshake: WebSocketHandshake, limits: WebSocketLimits = WebSocketLimits()) {
        self.handshake = handshake
        self.limits = limits
        decoder = FrameDecoder(maximumPayload: limits.framePayload)
        assembler = MessageAssembler(maximumMessage: limits.message)
        state = .handshaking(HTTPResponseHeadParser(maximumSize: limits.responseHead))
    }

    /// Whether messages may come: the handshake is done, and nobody closed.
    package var isOpen: Bool {
        if case .open = state { true } else { false }
    }

    /// Whether nothing more happens.
    package var hasEnded: Bool { state == .ended }

    // MARK: - Inputs

    /// Bytes came from the server.
    package mutating func received(_ bytes: [UInt8]) -> [WebSocketOutput] {
        switch state {
        case .handshaking(let parser):
            return continueHandshake(parser, with: bytes)
        case .refused(let refusal, let missing):
            return continueRefusal(refusal, missing: missing, with: bytes[...])
        case .open, .closing:
            return readFrames(bytes)
        case .ended:
            // The server goes on sending until it learns that the connection is over.
            return []
        }
    }

    /// The server ended the TCP or TLS connection, or it broke.
    package mutating func connectionEnded() -> [WebSocketOutput] {
        defer { state = .ended }
        switch state {
        case .handshaking: return [.ended(.handshakeFailed(.connectionEnded))]
        case .refused(let refusal, _): return [.ended(.refused(refusal))]
        case .open, .closing: return [.ended(.connectionLost)]
        case .ended: return []
        }
    }

    /// The handshake took too long. A refusal whose body is late counts as it is; whoever has not answered at all
    /// gives no output, and the caller says what it makes of that.
    package mutating func handshakeTimedOut() -> [WebSocketOutput] {
        guard case .refused(let refusal, _) = state else { return [] }
        state = .ended
        return [.ended(.refused(refusal))]
    }

    /// It is time to ask whether the server is still there. The answer comes as the output `pong` with this payload.
    ///
    /// - Parameter payload: at most 125 bytes.
    package mutating func pingDue(payload: [UInt8]) -> [WebSocketOutput] {
        switch state {
        case .open: [.send(WebSocketFrame(opcode: .ping, payload: Array(payload.prefix(125))))]
        // Before the handshake is done there are no frames; after our CLOSE none may follow (section 5.5.1).
        case .handshaking, .refused, .closing, .ended: []
        }
    }

    /// The application is done with the connection, or cannot go on with it.
    package mutating func closeRequested(_ close: WebSocketClose) -> [WebSocketOutput] {
        switch state {
        case .open:
            state = .closing
            return [.send(WebSocketFrame(opcode: .close, payload: close.encoded))]
        case .handshaking, .refused:
            state = .ended
            return [.ended(.closedByClient)]
        case .closing, .ended:
            return []
        }
    }

    // MARK: - Handshake

    private mutating func continueHandshake(_ parser: HTTPResponseHeadParser, with bytes: [UInt8]) -> [WebSocketOutput]
    {
        var parser = parser
        do {
            guard let (head, rest) = try parser.append(bytes) else {
                state = .handshaking(parser)
                return []
            }
            guard head.status == 101 else {
                let refusal = WebSocketRefusal(status: head.status, body: [])
                return continueRefusal(refusal, missing: bodyLength(of: head), with: rest[...])
            }
            try handshake.check(head)
            state = .open
            // Servers may send their first frames together with the 101.
            return [.opened] + (rest.isEmpty ? [] : readFrames(rest))
        } catch {
            state = .ended
            return [.ended(.handshakeFailed(error))]
        }
    }

    /// How much of a refusal's body is worth waiting for. Without a length nobody knows when it ends: only what came
    /// together with the head is kept then.
    private func bodyLength(of head: HTTPResponseHead) -> Int {
        guard let length = head.values(of: "Content-Length").first.flatMap({ Int($0) }), length > 0 else { return 0 }
        return min(length, limits.refusalBody)
    }

    private mutating func continueRefusal(
        _ refusal: WebSocketRefusal,
        missing: Int,
        with bytes: ArraySlice<UInt8>
    ) -> [WebSocketOutput] {
        var refusal = refusal
        refusal.body += bytes.prefix(limits.refusalBody - refusal.body.count)
        guard refusal.body.count >= missing else {
            state = .refused(refusal, missing: missing)
            return []
        }
        state = .ended
        return [.ended(.refused(refusal))]
    }

    // MARK: - Frames

    private mutating func readFrames(_ bytes: [UInt8]) -> [WebSocketOutput] {
        let isClosing = state == .closing
        var outputs: [WebSocketOutput] = []
        do {
            decoder.append(bytes)
            while let frame = try decoder.nextFrame() {
                guard let end = try read(frame, isClosing: isClosing, into: &outputs) else { continue }
                // Whatever follows a CLOSE is discarded (section 1.4).
                finish(.ended(end), &outputs)
                return outputs
            }
        } catch {
            if !isClosing {
                outputs.append(
                    .send(WebSocketFrame(opcode: .close, payload: WebSocketClose(code: error.closeCode).encoded))
                )
            }
            finish(.ended(.protocolError(error)), &outputs)
        }
        return outputs
    }

    private mutating func finish(_ end: WebSocketOutput, _ outputs: inout [WebSocketOutput]) {
        state = .ended
        decoder = FrameDecoder(maximumPayload: limits.framePayload)
        assembler = MessageAssembler(maximumMessage: limits.message)
        outputs.append(end)
    }

    /// Takes one frame. Returns how the connection ended, if it was a CLOSE.
    private mutating func read(
        _ frame: WebSocketFrame,
        isClosing: Bool,
        into outputs: inout [WebSocketOutput]
    ) throws(WebSocketProtocolError) -> WebSocketEnd? {
        switch frame.opcode {
        case .text, .binary, .continuation:
            // After our CLOSE the application is gone; the frames are checked and dropped.
            if let message = try assembler.append(frame), !isClosing {
                outputs.append(.message(message))
            }
        case .ping:
            if !isClosing { outputs.append(.send(WebSocketFrame(opcode: .pong, payload: frame.payload))) }
        case .pong:
            outputs.append(.pong(frame.payload))
        case .close:
            let close = try WebSocketClose.decoding(frame.payload)
            guard !isClosing else { return .closedByClient }
            // The answer carries the same code; none for none (section 5.5.1).
            let answer = close.map { WebSocketClose(code: $0.code).encoded } ?? []
            outputs.append(.send(WebSocketFrame(opcode: .close, payload: answer)))
            return .closedByServer(close)
        }
        return nil
    }
}
