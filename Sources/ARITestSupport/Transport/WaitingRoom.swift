import Locking

/// Where tasks wait until they are let go on, each under a number of its own, or until they are cancelled.
final class WaitingRoom: Sendable {
    private enum Place {
        case waiting(CheckedContinuation<Void, any Error>)
        /// Was let go on, or cancelled, before it began to wait.
        case passed(Result<Void, any Error>)
    }

    private struct State: Sendable {
        var places: [Int: Place] = [:]
        var lastID = 0
    }

    private let state = LockedBox(State())

    /// A new number, to be waited with once.
    func enter() -> Int {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }

    /// Waits until `id` is let go on.
    ///
    /// - Throws: `CancellationError` when the task was cancelled.
    func wait(_ id: Int) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Void, any Error>? = state.withLock { state in
                    if case .passed(let result) = state.places.removeValue(forKey: id) { return result }
                    state.places[id] = .waiting(continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            leave(id, .failure(CancellationError()))
        }
    }

    /// Lets `id` go on, now or as soon as it waits.
    func admit(_ id: Int) {
        leave(id, .success(()))
    }

    private func leave(_ id: Int, _ result: Result<Void, any Error>) {
        let continuation: CheckedContinuation<Void, any Error>? = state.withLock { state in
            switch state.places[id] {
            case .waiting(let continuation):
                state.places[id] = nil
                return continuation
            case .passed:
                return nil
            case nil:
                state.places[id] = .passed(result)
                return nil
            }
        }
        continuation?.resume(with: result)
    }
}
