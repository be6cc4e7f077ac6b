import ARI
import ARITestSupport
import FoundationEssentials

/// What a real Asterisk 22.10.1 answered and sent, recorded by ourselves.
enum Recording {
    /// One recorded file of `Recordings`.
    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = String(#filePath.dropLast("Recording.swift".count)) + "Recordings/"
        return Array(try Data(contentsOf: URL(filePath: folder + name)))
    }

    /// The recorded events, one message each.
    static func events() throws -> [[UInt8]] {
        try bytes("events.jsonl").split(separator: UInt8(ascii: "\n")).map(Array.init)
    }

    /// The first recorded event of a type, as it was sent.
    static func event(_ type: String) throws -> [UInt8] {
        struct Missing: Error {}
        for event in try events() where String(decoding: event, as: UTF8.self).contains("\"type\":\"\(type)\"") {
            return event
        }
        throw Missing()
    }
}

/// A transport that answers every request in the same way and keeps the last one.
actor ScriptedTransport: ARITransport {
    private let answer: Result<ARIHTTPResponse, any Error>
    private(set) var requests: [ARIHTTPRequest] = []

    init(_ status: Int, _ body: [UInt8] = []) {
        answer = .success(ARIHTTPResponse(status: status, body: body))
    }

    init(_ status: Int, _ body: String) {
        self.init(status, Array(body.utf8))
    }

    init(failing error: any Error) {
        answer = .failure(error)
    }

    func send(_ request: ARIHTTPRequest) async throws -> ARIHTTPResponse {
        requests.append(request)
        return try answer.get()
    }

    nonisolated func withEventMessages<Result: Sendable>(
        of request: ARIEventsRequest,
        _ body: (AsyncThrowingStream<[[UInt8]], any Error>) async throws -> Result
    ) async throws -> Result {
        throw ARITransportError(.other, "this transport has no events")
    }
}

/// The `ARIError` that an operation throws; a test fails if it throws none.
func ariError(_ body: () async throws -> Void) async throws -> ARIError {
    struct NothingThrown: Error {}
    do {
        try await body()
    } catch let error as ARIError {
        return error
    }
    throw NothingThrown()
}
