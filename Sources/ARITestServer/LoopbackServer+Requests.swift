import ARI
import ARITestSupport
import NIOCore
import NIOHTTP1

extension LoopbackServer {
    /// Answers one request after the other until the client closes the connection.
    static func answerRequests(on channel: RequestChannel, _ asterisk: LoopbackAsterisk) async throws {
        try await channel.executeThenClose { sent, answers in
            var head: HTTPRequestHead?
            for try await part in sent {
                switch part {
                case .head(let next): head = next
                // ARI's clients send their parameters in the query.
                case .body: break
                case .end: try await answers.write(contentsOf: parts(of: answer(to: head, asterisk)))
                }
            }
        }
    }

    private static func answer(to head: HTTPRequestHead?, _ asterisk: LoopbackAsterisk) async throws -> ARIHTTPResponse
    {
        guard let request = head.flatMap({ ARIHTTPRequest($0) }) else { return ARIHTTPResponse(status: 404) }
        return try await asterisk.answer(request)
    }

    private static func parts(of response: ARIHTTPResponse) -> [HTTPPart<HTTPResponseHead, ByteBuffer>] {
        let headers: HTTPHeaders = [
            "Content-Type": "application/json", "Content-Length": String(response.body.count),
        ]
        let status = HTTPResponseStatus(statusCode: response.status)
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        return [.head(head), .body(ByteBuffer(bytes: response.body)), .end(nil)]
    }
}

extension ARIHTTPRequest {
    /// Reads what was sent; nil for what is not ARI's at all.
    init?(_ head: HTTPRequestHead) {
        let target = RequestTarget(head.uri)
        guard let method = Method(rawValue: head.method.rawValue), target.path.first == "ari" else { return nil }
        self.init(operation: "unknown", method: method, path: Array(target.path.dropFirst()), query: target.query)
        if let (known, _) = AsteriskWorld.match(self) { operation = known.name }
    }
}
