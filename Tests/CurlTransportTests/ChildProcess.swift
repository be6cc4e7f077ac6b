import Glibc

/// Another program, with a socket as its standard input and output. What it writes to its standard error is thrown
/// away.
final class ChildProcess {
    private var identifier: pid_t = 0
    private let stream: Int32

    /// Starts the first of `arguments`, found by PATH.
    init(_ arguments: [String], folder: String = "/") throws {
        var ends: [Int32] = [-1, -1]
        // Closed on exec, so that no other child keeps them open.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw ServerError(operation: "socketpair") }
        stream = ends[0]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        let words = (["env", "-C", folder] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let status = posix_spawnp(&identifier, "env", &actions, nil, words, environ)
        close(ends[1])
        guard status == 0 else { throw ServerError(operation: arguments[0]) }
    }

    deinit {
        close(stream)
    }

    /// Reads lines of the output until one has this in it; nil at the output's end.
    func line(containing text: String) -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(stream, &byte, 1) == 1 {
            guard byte == UInt8(ascii: "\n") else {
                if byte != UInt8(ascii: "\r") { line.append(byte) }
                continue
            }
            let found = String(decoding: line, as: UTF8.self)
            if found.contains(text) { return found }
            line = []
        }
        return nil
    }

    func write(_ bytes: [UInt8]) {
        _ = Glibc.write(stream, bytes, bytes.count)
    }

    /// By SIGKILL: the thread that started the program may block all other signals, and the program inherits that.
    func terminate() {
        kill(identifier, SIGKILL)
    }

    /// Waits for the end. Returns the exit status; -1 for an end by a signal.
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : -1
    }
}
