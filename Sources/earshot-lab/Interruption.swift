import ArgumentParser
import Dispatch
import Glibc
import LabSupport

/// Runs what a command does to its end or until it is interrupted; says what is wrong, and ends with exit status 1 then.
///
/// - Parameter command: what the message begins with.
func running(_ command: String, _ work: @escaping @Sendable () async throws -> Void) async throws {
    do {
        try await untilInterrupted(work)
    } catch let error where error is LabError || error is TooSlow {
        say("\(command): \(error)")
        throw ExitCode.failure
    }
}

/// Runs `work` and cancels it on Ctrl-C or SIGTERM, so that what it started is ended in order.
///
/// - Throws: what `work` throws, or ``LabError`` that says it was interrupted, after `work` has put everything away.
private func untilInterrupted(_ work: @escaping @Sendable () async throws -> Void) async throws {
    let (signals, continuation) = AsyncStream.makeStream(of: Int32.self)
    let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
        signal(number, SIG_IGN)  // Else the default action comes first.
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { continuation.yield(number) }
        source.resume()
        return source
    }
    defer { for source in sources { source.cancel() } }
    try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
            try await work()
            return false
        }
        group.addTask {
            for await _ in signals { return true }
            return false
        }
        guard let isInterrupted = try await group.next() else { return }
        group.cancelAll()
        guard isInterrupted else { return }
        say("interrupted; putting everything away")
        // The work's own error is only that it was cancelled.
        _ = try? await group.next()
        throw LabError("interrupted")
    }
}

/// Prints a line at once, also into a pipe.
func say(_ line: String) {
    print(line)
    fflush(nil)
}
