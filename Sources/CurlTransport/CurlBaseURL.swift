internal import CCurl

/// A checked base URL: `http` or `https`, a host, perhaps a port and a path; nothing else.
package struct CurlBaseURL: Sendable, Hashable {
    /// Whether the connection is encrypted.
    package let usesTLS: Bool
    /// The host; an IPv6 address is in brackets.
    package let host: String
    /// The port; the scheme's own if the text had none.
    package let port: Int
    /// The path without a slash at its end; empty for none.
    package let path: String
    /// Scheme, host and port, as libcurl takes them.
    let origin: String

    /// Reads `text`, such as `http://127.0.0.1:8088/ari`.
    ///
    /// - Throws: `CurlError` with the code `invalidBaseURL`, whose message never repeats the text, which may hold a
    ///   password: a user name or password in it, a query, a fragment, another scheme, or no URL at all.
    package init(_ text: String) throws {
        let parts = try Parts(text)
        guard parts.user == nil, parts.password == nil else {
            throw Self.error("the URL holds a user name or a password; give them separately")
        }
        guard parts.query == nil, parts.fragment == nil else {
            throw Self.error("the URL holds a query or a fragment; give the path only")
        }
        switch parts.scheme {
        case "http": usesTLS = false
        case "https": usesTLS = true
        default: throw Self.error("the URL's scheme is neither http nor https")
        }
        guard let host = parts.host, !host.isEmpty else { throw Self.error("the URL has no host") }
        self.host = host
        guard let port = parts.port.flatMap({ Int($0) }), (1...65535).contains(port) else {
            throw Self.error("the URL's port is not between 1 and 65535")
        }
        self.port = port
        var path = parts.path ?? ""
        while path.hasSuffix("/") { path.removeLast() }
        self.path = path
        origin = "\(usesTLS ? "https" : "http")://\(host):\(port)"
    }

    /// Whether the host is this machine, as far as its name tells: `localhost`, 127.0.0.0/8 or `::1`.
    package var isLoopback: Bool {
        let name = host.lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") || name == "[::1]" { return true }
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }

    /// The `Host` header's value: without the port when it is the scheme's own (RFC 9110 section 7.2).
    var authority: String {
        port == (usesTLS ? 443 : 80) ? host : "\(host):\(port)"
    }

    /// Path and query of a request below this URL, percent-encoded.
    func target(path segments: [String], query: [(name: String, value: String)]) -> String {
        let path = segments.reduce(path) { $0 + "/" + TextEncoding.percentEncode($1) }
        let parameters = query.map {
            TextEncoding.percentEncode($0.name) + "=" + TextEncoding.percentEncode($0.value)
        }
        return (path.isEmpty ? "/" : path) + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&"))
    }

    private static func error(_ message: String) -> CurlError {
        CurlError(.invalidBaseURL, operation: "configuration", message: message)
    }

    /// What libcurl's own URL parser finds: the same parser that will read our URLs later.
    private struct Parts {
        var scheme: String?
        var user: String?
        var password: String?
        var host: String?
        var port: String?
        var path: String?
        var query: String?
        var fragment: String?

        init(_ text: String) throws {
            guard CurlLibrary.isReady, let url = curl_url() else {
                throw CurlError(.internalFault, operation: "configuration", message: "libcurl cannot be initialised")
            }
            defer { curl_url_cleanup(url) }
            guard curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK else {
                throw CurlBaseURL.error("the text is not a URL of the form http://host:port/path")
            }
            scheme = Self.part(CURLUPART_SCHEME, of: url)
            user = Self.part(CURLUPART_USER, of: url)
            password = Self.part(CURLUPART_PASSWORD, of: url)
            host = Self.part(CURLUPART_HOST, of: url)
            port = Self.part(CURLUPART_PORT, of: url, flags: UInt32(CURLU_DEFAULT_PORT))
            path = Self.part(CURLUPART_PATH, of: url)
            query = Self.part(CURLUPART_QUERY, of: url)
            fragment = Self.part(CURLUPART_FRAGMENT, of: url)
        }

        private static func part(_ part: CURLUPart, of url: OpaquePointer, flags: UInt32 = 0) -> String? {
            var text: UnsafeMutablePointer<CChar>?
            guard curl_url_get(url, part, &text, flags) == CURLUE_OK, let text else { return nil }
            defer { curl_free(text) }
            return String(cString: text)
        }
    }
}

extension CurlBaseURL: CustomStringConvertible {
    package var description: String { "\(usesTLS ? "https" : "http")://\(authority)\(path)" }
}
