extension ARIError {
    /// The error that a refusing answer means, or nil if the answer is a success (2xx).
    static func refusal(in response: ARIHTTPResponse, operation: String) -> ARIError? {
        guard !(200..<300).contains(response.status) else { return nil }
        let message = AnswerMessage(response.body)
        return ARIError(
            Code(status: response.status, message: message),
            operation: operation,
            status: response.status,
            message: message.text
        )
    }

    /// The error that a failed transport means.
    init(_ error: ARITransportError, operation: String) {
        var status: Int?
        if case .upgradeRefused(let refusal) = error.kind { status = refusal }
        self.init(
            Code(error.kind),
            operation: operation,
            status: status,
            message: String(error.detail.prefix(AnswerMessage.longest)),
            underlying: error.underlying ?? error
        )
    }

    /// Any error that a transport threw, as an `ARIError`; `CancellationError` as itself.
    static func wrapping(_ error: any Error, operation: String) -> any Error {
        switch error {
        case is CancellationError, is ARIError: error
        case let error as ARITransportError: ARIError(error, operation: operation)
        default: ARIError(.connectionFailed, operation: operation, message: "unknown failure", underlying: error)
        }
    }
}

extension ARIError.Code {
    /// The code for a status that is not a success. ARI names the reason in words only, so the words decide where one
    /// status has two meanings (Asterisk's `res/ari/resource_bridges.c` and `resource_channels.c`).
    fileprivate init(status: Int, message: AnswerMessage) {
        self =
            switch status {
            case 400: .badRequest
            case 401: .unauthorized
            case 403: .forbidden
            case 404: message.isFromARI ? .notFound : .notARI
            case 409, 422: message.saysNotInStasis ? .notInStasis : status == 409 ? .conflict : .unprocessable
            case 503: .notReady
            case 500..<600: .serverError
            default: .unexpectedStatus
            }
    }

    fileprivate init(_ kind: ARITransportError.Kind) {
        self =
            switch kind {
            case .connectionFailed, .other: .connectionFailed
            case .connectionLost: .connectionLost
            case .timedOut: .timeout
            case .notSent: .notSent
            case .tlsFailed: .tlsFailed
            case .upgradeRefused(status: 401): .unauthorized
            case .upgradeRefused(status: 403): .forbidden
            case .upgradeRefused(status: 404): .notARI
            case .upgradeRefused(status: 503): .notReady
            case .upgradeRefused(let status): (500..<600).contains(status) ? .serverError : .unexpectedStatus
            case .protocolViolation: .protocolViolation
            case .overflowed: .overflowed
            }
    }
}

/// What the body of a refusing answer says.
struct AnswerMessage {
    /// The longest text that is kept, in characters.
    static let longest = 200
    /// What ARI says of a variable that a channel does not have, in a 404 that would else mean that the channel is gone
    /// (Asterisk's `res/ari/resource_channels.c`, `ast_ari_channels_get_channel_var`).
    static let variableNotFound = "Provided variable was not found"

    /// The message, at most `longest` characters; nil if the body is empty.
    var text: String?
    /// True if the body has ARI's form `{"message": …}`: Asterisk's HTTP layer and other web servers send HTML.
    var isFromARI: Bool

    private struct Refusal: JSONReadable {
        /// ARI writes `message`; a few answers, such as 401, write `error` (Asterisk's `res/res_ari.c`).
        let message: String?
        let error: String?

        init(json: JSONNode) throws(JSONProblem) {
            message = try json.readIfPresent("message")
            error = try json.readIfPresent("error")
        }
    }

    init(_ body: [UInt8]) {
        // A body of any other form is an HTML page or plain text, and is shown as such.
        let refusal = try? Refusal(json: JSONText(body).root)
        if let message = refusal?.message ?? refusal?.error {
            text = Self.bounded(message)
            isFromARI = true
        } else {
            text = body.isEmpty ? nil : Self.bounded(Self.withoutTags(body))
            isFromARI = false
        }
    }

    /// True if ARI says that a channel or bridge is not in a Stasis application.
    var saysNotInStasis: Bool {
        guard isFromARI, let text else { return false }
        // By bytes: to look for characters takes longer than to read the answer.
        return text.utf8.contains("not in Stasis".utf8) || text.utf8.contains("not in a Stasis".utf8)
    }

    private static func bounded(_ text: String) -> String? {
        if isLine(text) { return text }
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.isEmpty ? nil : String(line.prefix(longest))
    }

    /// Whether it is a short line of ASCII already, as every message of ARI's own is: words with one space between them.
    private static func isLine(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= longest else { return false }
        let space = UInt8(ascii: " ")
        var last = space
        for byte in text.utf8 {
            guard (0x21...0x7E).contains(byte) || (byte == space && last != space) else { return false }
            last = byte
        }
        return last != space
    }

    /// The text of an HTML page, roughly: what stands outside angle brackets. Looks at the first 4 kB only.
    private static func withoutTags(_ body: [UInt8]) -> String {
        var isInTag = false
        var text = ""
        for character in String(decoding: body.prefix(4096), as: UTF8.self) {
            switch character {
            case "<": isInTag = true
            case ">":
                isInTag = false
                text.append(" ")
            default: if !isInTag { text.append(character) }
            }
        }
        return text
    }
}
