import Glibc
import Locking

/// A server on loopback whose answers are written out, byte for byte, by a test. One thread accepts, and one serves
/// each connection with `script`, so that a script may block as it likes.
///
/// `withScriptedServer` ends it: sockets are closed, and every thread is waited for.
final class ScriptedServer: Sendable {
    /// The port on 127.0.0.1.
    let port: Int
    private let listener: Int32
    private let script: @Sendable (ScriptedConnection) -> Void
    private struct State: Sendable {
        var threads: [pthread_t] = []
        var connections: [ScriptedConnection] = []
        var openCount = 0
        var maximumOpenCount = 0
        var isStopped = false
    }
    private let state = LockedBox(State())

    init(_ script: @escaping @Sendable (ScriptedConnection) -> Void) throws {
        self.script = script
        (listener, port) = try Self.listen()
        spawn { self.accept() }
    }

    /// How many connections were accepted.
    var connectionCount: Int { state.withLock { $0.connections.count } }

    /// How many connections are open now.
    var openCount: Int { state.withLock { $0.openCount } }

    /// The most connections that were open at a time.
    var maximumOpenCount: Int { state.withLock { $0.maximumOpenCount } }

    func stop() {
        state.withLock { state in
            state.isStopped = true
            for connection in state.connections { connection.abort() }
        }
        shutdown(listener, Int32(SHUT_RDWR))
        while let thread = state.withLock({ $0.threads.popLast() }) { pthread_join(thread, nil) }
        close(listener)
    }

    /// A bound, listening socket on a free port.
    static func listen(backlog: Int32 = 256) throws -> (socket: Int32, port: Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && Glibc.listen(listener, backlog) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        guard status else { throw ServerError(operation: "listen") }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }

    private func accept() {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { return }
            let connection = ScriptedConnection(descriptor)
            let isStopped = state.withLock { state in
                state.connections.append(connection)
                state.openCount += 1
                state.maximumOpenCount = max(state.maximumOpenCount, state.openCount)
                return state.isStopped
            }
            if isStopped { connection.abort() }
            spawn {
                self.script(connection)
                connection.close()
                self.state.withLock { $0.openCount -= 1 }
            }
        }
    }

    private func spawn(_ body: @escaping @Sendable () -> Void) {
        final class Body: Sendable {
            let run: @Sendable () -> Void
            init(run: @escaping @Sendable () -> Void) { self.run = run }
        }
        let context = Unmanaged.passRetained(Body(run: body)).toOpaque()
        state.withLock { state in
            var thread = pthread_t()
            let status = pthread_create(
                &thread,
                nil,
                { context in
                    Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
                    return nil
                },
                context
            )
            precondition(status == 0)
            state.threads.append(thread)
        }
    }
}

struct ServerError: Error {
    var operation: String
}

/// One connection, seen from the server.
final class ScriptedConnection: Sendable {
    /// -1 after `close`.
    private let descriptor: LockedBox<Int32>

    init(_ descriptor: Int32) {
        self.descriptor = LockedBox(descriptor)
    }

    /// Reads until the bytes so far end with `end`; nil when the client closed before.
    func read(until end: String = "\r\n\r\n") -> String? {
        var text: [UInt8] = []
        let end = Array(end.utf8)
        while text.suffix(end.count) != end[...] {
            guard let byte = read(1) else { return nil }
            text += byte
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads exactly `count` bytes; nil when the client closed before.
    func read(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let received = bytes.withUnsafeMutableBytes { buffer in
                recv(descriptor.withLock { $0 }, buffer.baseAddress! + filled, count - filled, 0)
            }
            guard received > 0 else { return nil }
            filled += received
        }
        return bytes
    }

    /// Waits until the client closes, and throws away what comes meanwhile.
    func waitForClose() {
        while read(1) != nil {}
    }

    func write(_ text: String) {
        write(Array(text.utf8))
    }

    /// - Returns: false when the client has closed.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { buffer in
                send(descriptor.withLock { $0 }, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    /// Answers a request with a body and keeps the connection.
    func respond(_ status: String = "200 OK", headers: String = "", body: String = "") {
        write("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
    }

    /// Breaks the connection with RST.
    func reset() {
        descriptor.withLock { descriptor in
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        }
        close()
    }

    /// Ends the connection with FIN.
    func close() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { _ = Glibc.close(descriptor) }
            descriptor = -1
        }
    }

    /// Ends whatever the script waits for, from another thread.
    func abort() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }
}

/// Runs `body` beside a server that serves each connection with `script`.
func withScriptedServer<Result>(
    _ script: @escaping @Sendable (ScriptedConnection) -> Void,
    _ body: (ScriptedServer) async throws -> Result
) async throws -> Result {
    let server = try ScriptedServer(script)
    defer { server.stop() }
    return try await body(server)
}
