import CSystemdNotify
import Foundation

/// The service manager (systemd) that has started this process and wants to be told how the service is: the protocol of sd_notify(3).
struct ServiceManager: Sendable, Equatable {
    /// The socket that it listens on: a path, or a name of the abstract namespace behind an @.
    let socket: String
    /// It starts the service again when it has not been told for so long that the service is well; nil if it does not count.
    let patience: Duration?

    /// - Returns: nil when there is none that wants to be told.
    init?(environment: [String: String], processID: Int32) {
        guard let socket = environment["NOTIFY_SOCKET"], !socket.isEmpty else { return nil }
        self.socket = socket
        // Child processes inherit the variables; they are meant for the one that is named.
        let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(processID)" } ?? true
        guard isMeant, let text = environment["WATCHDOG_USEC"], let microseconds = Int64(text), microseconds > 0 else {
            patience = nil
            return
        }
        patience = .microseconds(microseconds)
    }

    /// Tells it something, such as `READY=1`. Waits for at most a second when it does not read.
    ///
    /// - Throws: ``ServiceManagerError`` when it cannot be reached.
    func tell(_ words: [String]) throws(ServiceManagerError) {
        // Both texts are copied at once.
        let code = unsafe earshot_systemd_notify(socket, words.joined(separator: "\n"))
        guard code == 0 else { throw ServiceManagerError(code: code) }
    }
}

/// Why the service manager could not be told.
struct ServiceManagerError: Error, Equatable, CustomStringConvertible {
    /// The system's number of the error (errno).
    let code: Int32

    // The C library owns the text, which is copied at once.
    var description: String { unsafe String(cString: strerror(code)) }
}
