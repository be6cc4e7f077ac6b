internal import CCurl

/// Finds out whether a port that did not answer plain HTTP speaks TLS: a TLS server does not say what is wrong, it just
/// closes. Belongs to the client's thread.
///
/// It makes a TLS connection, with verification as always, and sends nothing over it. A certificate that is refused
/// is as good an answer as a connection.
final class TLSProbe {
    /// The error that is told if the port does not speak TLS.
    private let error: CurlError
    private let server: String
    private let resume: (any Error) -> Void
    let easy: EasyHandle
    let deadline: ContinuousClock.Instant

    /// - Parameter resume: gets the error in the end, exactly once.
    init(
        _ error: CurlError,
        configuration: CurlConfiguration,
        resume: @escaping (any Error) -> Void
    ) throws {
        self.error = error
        self.resume = resume
        server = "\(configuration.baseURL.host):\(configuration.baseURL.port)"
        deadline = ContinuousClock.now + .seconds(1)
        easy = try EasyHandle(configuration)
        try easy.set(CURLOPT_URL, "https://" + server)
        try easy.set(CURLOPT_CONNECT_ONLY, 1)
    }

    /// Whether an error may be that of a TLS port.
    static func isOfUse(for error: CurlError, _ configuration: CurlConfiguration) -> Bool {
        guard !configuration.baseURL.usesTLS else { return false }
        return [.closedWithoutResponse, .connectionReset, .notHTTP].contains(error.code)
    }

    /// What was being done.
    var operation: String { error.operation }

    /// libcurl is done.
    func finish(_ result: CURLcode) {
        guard result == CURLE_OK || result == CURLE_PEER_FAILED_VERIFICATION else {
            resume(error)
            return
        }
        var error = error
        error.code = .serverExpectsTLS
        error.message = "\(server) expects https"
        resume(error)
    }

    /// The answer came too late, or nobody needs it.
    func abandon(_ other: (any Error)? = nil) {
        resume(other ?? error)
    }
}

@available(*, unavailable)
extension TLSProbe: Sendable {}
