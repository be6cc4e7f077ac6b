internal import CCurl

/// The libcurl that was found at run time.
package enum CurlLibrary {
    /// libcurl's global set-up, done once for the process, before anything else of it is used.
    static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// The version and the TLS library, such as `7.88.1 (OpenSSL/3.0.19)`, for the log.
    package static let version: String = {
        guard isReady, let info = earshot_version_info(), let version = info.pointee.version else {
            return "unknown"
        }
        let tls = info.pointee.ssl_version.map { " (" + String(cString: $0) + ")" } ?? " (without TLS)"
        return String(cString: version) + tls
    }()
}
