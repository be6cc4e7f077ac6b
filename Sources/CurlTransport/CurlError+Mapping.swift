internal import CCurl
internal import Glibc

/// What libcurl tells about a transfer that failed.
struct TransferFailure {
    var result: CURLcode
    var text: String
    /// The certificate check's result: a number of OpenSSL's `X509_V_ERR_…`; other TLS libraries leave it 0.
    var verifyResult: Int
    /// `errno` of the call that failed.
    var systemError: Int32

    init(_ result: CURLcode, of handle: EasyHandle) {
        self.result = result
        text = handle.lastErrorText
        verifyResult = handle.information(CURLINFO_SSL_VERIFYRESULT)
        systemError = Int32(clamping: handle.information(CURLINFO_OS_ERRNO))
    }

    /// libcurl's words, or its name for the result, as one line.
    private var detail: String {
        TextEncoding.printable(text.isEmpty ? String(cString: curl_easy_strerror(result)) : text)
    }

    /// The error for the caller.
    func error(operation: String, configuration: CurlConfiguration) -> CurlError {
        let (code, message) = explain(configuration)
        return CurlError(code, operation: operation, message: message, curlCode: Int(result.rawValue))
    }

    private func explain(_ configuration: CurlConfiguration) -> (CurlError.Code, String) {
        let server = "\(configuration.baseURL.host):\(configuration.baseURL.port)"
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST:
            return (.hostNotResolved, "the host \(configuration.baseURL.host) has no address")
        case CURLE_COULDNT_CONNECT where systemError == ECONNREFUSED:
            return (.connectionRefused, "nobody listens on \(server)")
        case CURLE_COULDNT_CONNECT:
            return (.connectionFailed, "no connection to \(server): \(detail)")
        case CURLE_OPERATION_TIMEDOUT:
            return (.connectTimeout, "no connection to \(server) within \(configuration.connectTimeout)")
        case CURLE_GOT_NOTHING:
            return (.closedWithoutResponse, "\(server) closed the connection without an answer")
        case CURLE_PARTIAL_FILE:
            return (.incompleteResponse, "\(server) closed the connection in the middle of its answer")
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY:
            // "Received HTTP/0.9 when not allowed": the answer has no status line.
            return (.notHTTP, "the answer of \(server) is not HTTP")
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR:
            return (.connectionReset, "the connection to \(server) broke: \(detail)")
        case CURLE_SSL_CACERT_BADFILE:
            let file = configuration.certificateAuthorityFile ?? "the system's"
            return (.certificateAuthorityFileInvalid, "the file of certificate authorities cannot be used: \(file)")
        case CURLE_PEER_FAILED_VERIFICATION:
            return explainCertificate(server)
        case CURLE_SSL_CONNECT_ERROR:
            return explainHandshake(server)
        default:
            return (.internalFault, "libcurl failed: \(detail)")
        }
    }

    /// Numbers of `X509_V_ERR_…` in OpenSSL's `x509_vfy.h`.
    private func explainCertificate(_ server: String) -> (CurlError.Code, String) {
        switch verifyResult {
        case 9:
            return (.certificateNotYetValid, "the certificate of \(server) is not valid yet; compare the clocks")
        case 10:
            return (.certificateExpired, "the certificate of \(server) has expired")
        case 2, 18, 19, 20, 21, 27, 33:
            return (
                .certificateAuthorityUnknown,
                "the certificate of \(server) is not signed by an authority that is trusted here: \(detail)"
            )
        case 62, 64:
            return (.certificateHostMismatch, "the certificate of \(server) is for another host")
        default:
            break
        }
        // libcurl compares the host's name itself, and other TLS libraries give no number: its words are all there is.
        let words = text.lowercased()
        if words.contains("does not match") || words.contains("matches target") || words.contains("no alternative") {
            return (.certificateHostMismatch, "the certificate of \(server) is for another host: \(detail)")
        }
        if words.contains("expired") {
            return (.certificateExpired, "the certificate of \(server) has expired")
        }
        if words.contains("not activated") || words.contains("not yet valid") {
            return (.certificateNotYetValid, "the certificate of \(server) is not valid yet; compare the clocks")
        }
        if words.contains("issuer") || words.contains("self-signed") || words.contains("self signed") {
            return (
                .certificateAuthorityUnknown,
                "the certificate of \(server) is not signed by an authority that is trusted here: \(detail)"
            )
        }
        return (.certificateRejected, "the certificate of \(server) is refused: \(detail)")
    }

    private func explainHandshake(_ server: String) -> (CurlError.Code, String) {
        let words = text.lowercased()
        // What OpenSSL and GnuTLS say when plain text comes instead of a TLS record.
        let plainText = ["wrong version number", "packet length too long", "unexpected tls packet", "http request"]
        if plainText.contains(where: words.contains) {
            return (.serverSpeaksNoTLS, "\(server) answers without TLS; is it an http port?")
        }
        if systemError == ECONNRESET || words.contains("reset by peer") {
            return (.connectionReset, "the connection to \(server) broke during the TLS handshake")
        }
        return (.tlsHandshakeFailed, "the TLS handshake with \(server) failed: \(detail)")
    }
}
