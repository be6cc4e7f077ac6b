/// How a request went, in five words: bounded texts for metrics.
package enum ARIOutcome: String, Sendable, Hashable, CaseIterable {
    case ok
    /// Asterisk does not do what it was asked for: it may not, or it cannot be asked so.
    case denied
    /// What it was about is not there, or not ours any more: that is a phone call, and no fault.
    case gone
    /// No answer within the request's time.
    case timeout
    /// Anything else that is no answer to what was asked.
    case error
}

extension ARIOutcome {
    package init(_ response: ARIHTTPResponse) {
        self = ARIError.refusal(in: response, operation: "").map { ARIOutcome($0.code) } ?? .ok
    }

    /// - Parameter error: what a transport threw.
    /// - Returns: nil for a request that its caller has given up.
    package init?(_ error: any Error) {
        guard let error = ARIError.wrapping(error, operation: "") as? ARIError else { return nil }
        self.init(error.code)
    }

    private init(_ code: ARIError.Code) {
        self =
            switch code {
            case .badRequest, .unauthorized, .forbidden, .conflict, .unprocessable: .denied
            case .notFound, .notInStasis: .gone
            case .timeout: .timeout
            default: .error
            }
    }
}
