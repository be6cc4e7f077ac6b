internal import CCurl

/// libcurl's multi handle: all transfers and their connections. Belongs to one thread, except for `waker`.
final class MultiHandle {
    private let raw: UnsafeMutableRawPointer

    init() throws {
        guard CurlLibrary.isReady, let raw = curl_multi_init() else {
            throw CurlError(.internalFault, operation: "curl_multi_init", message: "libcurl cannot be initialised")
        }
        self.raw = raw
    }

    deinit {
        curl_multi_cleanup(raw)
    }

    /// Interrupts `poll` from other threads.
    var waker: MultiWaker { MultiWaker(raw: raw) }

    /// The most connections to one host, and how many of them are kept while idle.
    func setConnectionLimit(_ limit: Int) throws {
        try check(earshot_multi_set_long(raw, CURLMOPT_MAX_HOST_CONNECTIONS, limit))
        try check(earshot_multi_set_long(raw, CURLMOPT_MAXCONNECTS, limit))
    }

    /// Begins a transfer.
    func add(_ handle: EasyHandle) throws {
        try check(curl_multi_add_handle(raw, handle.raw))
    }

    /// Ends a transfer, finished or not.
    func remove(_ handle: EasyHandle) throws {
        try check(curl_multi_remove_handle(raw, handle.raw))
    }

    /// Does what can be done without waiting.
    func perform() throws {
        var running: Int32 = 0
        try check(curl_multi_perform(raw, &running))
    }

    /// The next transfer that is done, if there is one.
    func nextFinished() -> (handle: UnsafeMutableRawPointer, result: CURLcode)? {
        var left: Int32 = 0
        while let message = curl_multi_info_read(raw, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
            return (handle, message.pointee.data.result)
        }
        return nil
    }

    /// Waits for the network, for `waker`, or until `milliseconds` have passed.
    func poll(_ sockets: inout [curl_waitfd], milliseconds: Int) throws {
        let count = UInt32(sockets.count)
        try check(curl_multi_poll(raw, &sockets, count, Int32(clamping: milliseconds), nil))
    }

    private func check(_ result: CURLMcode) throws {
        guard result != CURLM_OK else { return }
        throw CurlError(
            .internalFault,
            operation: "libcurl",
            message: "libcurl's multi interface failed: \(String(cString: curl_multi_strerror(result)))",
            curlCode: Int(result.rawValue)
        )
    }
}

@available(*, unavailable)
extension MultiHandle: Sendable {}

/// What other threads may do with a multi handle while it lives.
// Safe because the pointer is given to nothing but curl_multi_wakeup, which libcurl documents as callable from any
// thread, and `CurlThread` calls it only while the handle lives.
struct MultiWaker: @unchecked Sendable {
    fileprivate let raw: UnsafeMutableRawPointer

    /// Makes the current `poll`, or else the next one, return at once.
    func wakeUp() {
        // It fails only for a handle that is no longer, which `CurlThread` rules out.
        _ = curl_multi_wakeup(raw)
    }
}
