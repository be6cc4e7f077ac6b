internal import CCurl

/// One libcurl easy handle with everything it points at. Belongs to the thread that made it.
///
/// Must have been taken out of its multi handle before its last reference goes.
final class EasyHandle {
    /// libcurl's own handle.
    let raw: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var headers: HeaderList?

    /// Makes a handle that has the settings which all transfers share.
    init(_ configuration: CurlConfiguration) throws {
        guard CurlLibrary.isReady, let raw = curl_easy_init() else {
            throw CurlError(.internalFault, operation: "curl_easy_init", message: "libcurl cannot be initialised")
        }
        self.raw = raw
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try check(earshot_easy_set_pointer(raw, CURLOPT_ERRORBUFFER, errorText))
        try applyShared(configuration)
    }

    deinit {
        // libcurl writes into the buffer until the clean-up is done.
        curl_easy_cleanup(raw)
        errorText.deallocate()
    }

    private func applyShared(_ configuration: CurlConfiguration) throws {
        // A time-out by signal would hit any thread of the process.
        try set(CURLOPT_NOSIGNAL, 1)
        try check(earshot_easy_set_protocols(raw, "http,https", Int(CURLPROTO_HTTP | CURLPROTO_HTTPS)))
        // Else ending a transfer waits for the answer of a name server, and with it everything else on this thread.
        let result = earshot_easy_set_quick_exit(raw, 1)
        if result != CURLE_UNKNOWN_OPTION { try check(result) }
        try set(CURLOPT_FOLLOWLOCATION, 0)
        // The PBX is reached directly, whatever http_proxy says in the environment: a proxy would see the password.
        try set(CURLOPT_PROXY, "")
        try set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        // HTTP/2 would be agreed on by ALPN behind some front ends, and has no Upgrade.
        try set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        // Dots in our paths are names, never directions.
        try set(CURLOPT_PATH_AS_IS, 1)
        try set(CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.wholeMilliseconds)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        try set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let file = configuration.certificateAuthorityFile {
            try set(CURLOPT_CAINFO, file)
            // Else the system's directory of authorities would be trusted as well.
            try check(earshot_easy_set_string(raw, CURLOPT_CAPATH, nil))
        }
    }

    // MARK: - Options

    /// Sets an option that is a number or a switch.
    func set(_ option: CURLoption, _ value: Int) throws {
        try check(earshot_easy_set_long(raw, option, value))
    }

    /// Sets an option that is one of libcurl's enumerations.
    func set(_ option: CURLoption, _ value: some RawRepresentable<UInt32>) throws {
        try set(option, Int(value.rawValue))
    }

    /// Sets an option that is a text; libcurl copies it.
    func set(_ option: CURLoption, _ value: String) throws {
        try check(earshot_easy_set_string(raw, option, value))
    }

    /// Sets the header lines of the request.
    func set(_ headers: HeaderList) throws {
        self.headers = headers
        try check(earshot_easy_set_list(raw, CURLOPT_HTTPHEADER, headers.raw))
    }

    /// Makes the request a POST without a body: everything that ARI needs to know is in the query.
    func setEmptyBody() throws {
        try set(CURLOPT_POST, 1)
        try check(earshot_easy_set_size(raw, CURLOPT_POSTFIELDSIZE_LARGE, 0))
        // It must not be a null pointer: that would mean "ask a callback for it".
        let nothing: StaticString = ""
        try check(earshot_easy_set_pointer(raw, CURLOPT_COPYPOSTFIELDS, .init(nothing.utf8Start)))
    }

    /// Tells `ledger` about each socket that libcurl makes for this handle. The ledger must outlive the handle.
    func reportSockets(to ledger: SocketLedger) throws {
        try check(earshot_easy_set_pointer(raw, CURLOPT_SOCKOPTDATA, Unmanaged.passUnretained(ledger).toOpaque()))
        try check(
            earshot_easy_set_socket_function(raw, CURLOPT_SOCKOPTFUNCTION) { context, socket, _ in
                if let context { Unmanaged<SocketLedger>.fromOpaque(context).takeUnretainedValue().add(socket) }
                return CURL_SOCKOPT_OK
            }
        )
    }

    // MARK: - Information

    /// A piece of information that is a number; 0 when libcurl does not know it.
    func information(_ information: CURLINFO) -> Int {
        var value = 0
        return earshot_easy_get_long(raw, information, &value) == CURLE_OK ? value : 0
    }

    /// The socket of a connection made with `CURLOPT_CONNECT_ONLY`.
    var activeSocket: curl_socket_t? {
        var socket: curl_socket_t = -1
        return earshot_easy_get_socket(raw, &socket) == CURLE_OK && socket >= 0 ? socket : nil
    }

    /// What libcurl says about the last error; may be empty.
    var lastErrorText: String { String(cString: errorText) }

    /// Turns a result that is not OK into an error: every call's result goes through here.
    func check(_ result: CURLcode) throws {
        guard result != CURLE_OK else { return }
        throw CurlError(
            .internalFault,
            operation: "curl_easy_setopt",
            message: "libcurl refuses a setting: \(String(cString: curl_easy_strerror(result)))",
            curlCode: Int(result.rawValue)
        )
    }
}

/// Header lines of requests, which any number of handles of one thread share.
final class HeaderList {
    fileprivate private(set) var raw: UnsafeMutablePointer<curl_slist>?

    init(_ lines: [String]) throws {
        for line in lines {
            guard let list = curl_slist_append(raw, line) else {
                throw CurlError(.internalFault, operation: "curl_slist_append", message: "memory is short")
            }
            raw = list
        }
    }

    deinit {
        curl_slist_free_all(raw)
    }
}

@available(*, unavailable)
extension HeaderList: Sendable {}

// A libcurl handle must not be used by two threads at a time.
@available(*, unavailable)
extension EasyHandle: Sendable {}

extension Duration {
    /// Milliseconds, rounded up: a wait must never end before its time, or the loop would turn without anything to
    /// do. Never negative, which libcurl would refuse, and never so much that it does not fit.
    var wholeMilliseconds: Int {
        let bounded = min(max(self, .zero), .seconds(1_000_000))
        let (seconds, attoseconds) = bounded.components
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
