import Locking

/// Whether entries reach the record, as this process's own writes have told.
final class RecordHealth: Sendable {
    private let state = LockedBox((failures: 0, isFailing: false))

    /// How many writes have failed.
    var failures: Int { state.withLock { $0.failures } }

    /// The last write has failed.
    var isFailing: Bool { state.withLock { $0.isFailing } }

    /// An attempt to write is over.
    ///
    /// - Parameter error: nil for one that succeeded.
    func note(_ error: (any Error)?) {
        // Whoever wanted to write has given it up: that says nothing about the file.
        if error is CancellationError { return }
        state.withLock { state in
            state.isFailing = error != nil
            if error != nil { state.failures += 1 }
        }
    }
}
