import Testing

@testable import LabSupport

/// However a stream of bytes is cut, its messages and frames are the same.
struct SplitterTests {
    private static let requests = [
        "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "POST /b HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc",
        "PUT /c HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", "DELETE /d HTTP/1.1\r\n\r\n",
    ]
    private static let answers = [
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ]

    private func split(_ pieces: [[UInt8]], ofAnswers: Bool) throws -> [String] {
        var splitter = HTTPSplitter(ofAnswers: ofAnswers)
        var messages: [String] = []
        for piece in pieces {
            splitter.feed(piece)
            while let message = try splitter.next() { messages.append(String(decoding: message.bytes, as: UTF8.self)) }
        }
        let rest = splitter.takeRest()
        #expect(rest.isEmpty)
        return messages
    }

    @Test(arguments: [(requests, false), (answers, true)])
    func `HTTP messages are found wherever the stream is cut`(messages: [String], ofAnswers: Bool) throws {
        let stream = Array(messages.joined().utf8)
        for cut in 0...stream.count {
            let found = try split([Array(stream[..<cut]), Array(stream[cut...])], ofAnswers: ofAnswers)
            #expect(found == messages)
        }
        #expect(try split(stream.map { [$0] }, ofAnswers: ofAnswers) == messages)
    }

    @Test
    func `an answer without a length is what comes until the end`() throws {
        var splitter = HTTPSplitter(ofAnswers: true)
        let bytes = Array("HTTP/1.1 200 OK\r\n\r\nhello".utf8)
        splitter.feed(bytes)
        let isMessage = try splitter.next() != nil
        #expect(!isMessage)
        let rest = splitter.takeRest()
        #expect(rest == bytes)
        let nothing = splitter.takeRest()
        #expect(nothing.isEmpty)
    }

    @Test(arguments: ["nonsense\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"])
    func `what is no HTTP is an error`(text: String) {
        var splitter = HTTPSplitter(ofAnswers: false)
        splitter.feed(Array(text.utf8))
        #expect(throws: LabError.self) { try splitter.next() }
    }

    @Test
    func `frames are found wherever the stream is cut`() throws {
        let short = TinyServer.frame("short")
        let long: [UInt8] = [0x81, 126, 1, 0] + [UInt8](repeating: 7, count: 256)
        let longest: [UInt8] = [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0] + [UInt8](repeating: 9, count: 65_536)
        let masked: [UInt8] = [0x89, 0x82, 1, 2, 3, 4, 5, 6]
        let frames = [short, long, masked, longest, short]
        let stream = Array(frames.joined())
        // Every cut near a frame's head; in between one is as another.
        let ends = frames.indices.map { frames[...$0].joined().count }
        for cut in ([0] + ends).flatMap({ max(0, $0 - 12)...min(stream.count, $0 + 12) }) {
            var splitter = FrameSplitter()
            var found = try splitter.feed(Array(stream[..<cut]))
            found += try splitter.feed(Array(stream[cut...]))
            #expect(found == frames)
        }
    }

    @Test
    func `a frame that is too long is an error`() {
        var splitter = FrameSplitter()
        #expect(throws: LabError.self) { try splitter.feed([0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0]) }
    }
}
