import Foundation
import Glibc

/// A program that cannot outlive this process, with a folder of its own that goes with it.
///
/// A shell stands guard over the program with its standard input on a socket from here. The socket closes when ``end()`` is called, and
/// equally when this process is killed: then the shell ends the program, with SIGKILL when
/// SIGTERM has not done it in five seconds, and removes the folder. (A parent-death signal would not do:
/// it is sent when the *thread* that started the child ends.)
///
/// The guard is its own process group, so that Ctrl-C on a terminal reaches only the one who can end things in order. At last it ends
/// whatever is left in the group, itself among it: programs that the program has started.
// Safe because the only mutable state, `leash`, is behind `lock`.
package final class GuardedProcess: @unchecked Sendable {
    private static let script = """
        folder=$1; shift
        "$@" </dev/null &
        echo $! >"$folder/pid"
        cat >/dev/null
        kill -TERM $! 2>/dev/null
        left=50
        while [ $left -gt 0 ] && kill -0 $! 2>/dev/null; do sleep 0.1; left=$((left - 1)); done
        kill -KILL $! 2>/dev/null
        wait $! 2>/dev/null
        rm -rf "$folder"
        kill -KILL 0
        """

    /// The shell's process ID.
    private let guardID: pid_t
    /// The folder that is removed after the program's end.
    package let folder: String
    private let lock = NSLock()
    private var leash: Descriptor?

    /// Starts `arguments`, whose first is looked up in PATH, with its output appended to the file `log` of `folder`.
    ///
    /// - Throws: ``LabError`` when the guard cannot be started. A program that does not exist shows in the log.
    package init(_ arguments: [String], folder: String) throws {
        let (guardEnd, leash) = try socketPair()
        self.leash = leash
        self.folder = folder
        guardID = try Self.spawn(
            ["/bin/sh", "-c", Self.script, "lab-guard", folder] + arguments,
            input: guardEnd,
            log: folder + "/log"
        )
    }

    /// The program's own process ID; nil until the guard has started it.
    package var programID: Int32? {
        let text = FileManager.default.contents(atPath: folder + "/pid") ?? Data()
        return Int32(String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// Whether the program still runs, or is about to.
    package var isRunning: Bool {
        programID.map { kill($0, 0) == 0 } ?? true
    }

    /// The last lines that the program printed.
    package func lastOutput(lines count: Int = 15) -> String {
        let log = FileManager.default.contents(atPath: folder + "/log") ?? Data()
        let lines = String(decoding: log, as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.suffix(count).map { "  | " + $0 }.joined(separator: "\n")
    }

    deinit {
        end()
    }

    /// Ends the program if it still runs, removes its folder, and waits for both. Does nothing the second time.
    package func end() {
        lock.withLock {
            guard leash != nil else { return }
            leash = nil
            var status: Int32 = 0
            while waitpid(guardID, &status, 0) < 0 && errno == EINTR {}
        }
    }

    private static func spawn(_ arguments: [String], input: Descriptor, log: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input.number, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        // Whatever this process ignores or blocks (SIGINT in the lab's commands, SIGPIPE in many) is the child's default again.
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP)
        )

        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, arguments[0], &actions, &attributes, &pointers, environ)
        guard result == 0 else {
            throw LabError("cannot start \(arguments[0]): \(String(cString: strerror(result)))")
        }
        return pid
    }
}

/// A new folder below the system's temporary one, readable by its owner only.
///
/// - Throws: ``LabError`` when the system does not let us.
package func makeTemporaryFolder() throws -> String {
    var template = Array((NSTemporaryDirectory() + "earshot-lab-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw LabError("mkdtemp failed: \(lastSystemError())") }
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// Runs blocking work of short duration away from the threads of Swift's own executor.
package func offTheExecutor<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async {
            continuation.resume(with: Result { try work() })
        }
    }
}
