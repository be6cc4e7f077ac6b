import ARI
import ARITestSupport

/// A way in which a request goes wrong.
enum Failure: CaseIterable, Sendable {
    case gone, notARI, conflict, notInStasis, noLongerInStasis, unprocessable, serverError, notReady
    /// Asterisk says that it is done, and it is not.
    case emptyPromise
    /// Asterisk says that it is done in a way that nobody understands, and it is not.
    case garbage
    case timeout, connectionLost
    /// It is done, and nobody says so.
    case answerLost
    /// It is done after everything else has happened.
    case lateRequest
    /// It is done, and its answer comes after everything else has happened.
    case lateAnswer

    var action: RequestFault.Action {
        switch self {
        case .gone: Self.refusal(404, "Channel not found")
        case .notARI: .answer(status: 404, body: "<html><body>Not Found</body></html>")
        case .conflict: Self.refusal(409, "No")
        case .notInStasis: Self.refusal(409, "Channel not in Stasis application")
        case .noLongerInStasis: Self.refusal(422, "Channel not in Stasis application")
        case .unprocessable: Self.refusal(422, "No")
        case .serverError: Self.refusal(500, "Allocation failed")
        case .notReady: .answer(status: 503, body: "")
        case .emptyPromise: .answer(status: 200, body: "")
        case .garbage: .answer(status: 200, body: "{\"value\":[}")
        case .timeout: .fail(ARITransportError(.timedOut, "no answer"))
        case .connectionLost: .fail(ARITransportError(.connectionLost, "reset"))
        case .answerLost: .performAndFail(ARITransportError(.timedOut, "no answer"))
        case .lateRequest: .holdRequest
        case .lateAnswer: .holdAnswer
        }
    }

    /// It says that the channel is not there, or not ours any more.
    var saysGone: Bool { [.gone, .notInStasis, .noLongerInStasis].contains(self) }

    private static func refusal(_ status: Int, _ message: String) -> RequestFault.Action {
        .answer(status: status, body: "{\"message\":\"\(message)\"}")
    }
}
