internal import Locking

/// Messages between the thread that receives them, which never waits, and the task that reads them.
///
/// It has two bounds. What does not fit is never dropped quietly: the writer is told, and ends the buffer with an error
/// that the reader gets after everything that was stored before.
final class MessageBuffer: Sendable {
    private struct State: Sendable {
        var messages: [[UInt8]] = []
        /// Index of the oldest message; those before it are given out.
        var first = 0
        var byteCount = 0
        var end: End?
        var waiter: CheckedContinuation<[UInt8]?, any Error>?
        var isCancelled = false
    }

    private enum End: Sendable {
        case finished
        case failed(any Error)
    }

    /// What a reader gets without waiting.
    private enum Taken {
        case message([UInt8])
        case end(End)
        case cancelled
        case secondReader
    }

    private let state = LockedBox(State())
    private let maximumMessages: Int
    private let maximumBytes: Int

    init(maximumMessages: Int, maximumBytes: Int) {
        self.maximumMessages = maximumMessages
        self.maximumBytes = maximumBytes
    }

    // MARK: - Writing

    /// Stores a message, or hands it to the reader who waits.
    ///
    /// - Returns: false when there is no room. The message is lost then.
    func put(_ message: [UInt8]) -> Bool {
        enum Outcome {
            case stored
            case full
            case handOver(CheckedContinuation<[UInt8]?, any Error>)
        }
        let outcome: Outcome = state.withLock { state in
            guard state.end == nil else { return .stored }
            if let waiter = state.waiter {
                state.waiter = nil
                return .handOver(waiter)
            }
            guard state.messages.count - state.first < maximumMessages,
                state.byteCount + message.count <= maximumBytes
            else { return .full }
            state.messages.append(message)
            state.byteCount += message.count
            return .stored
        }
        switch outcome {
        case .stored: return true
        case .full: return false
        case .handOver(let waiter):
            waiter.resume(returning: message)
            return true
        }
    }

    /// No message comes after the ones that are stored. The first call decides.
    ///
    /// - Parameter error: what the reader gets at the end; nil for an end in order.
    func finish(throwing error: (any Error)? = nil) {
        let end: End = error.map { .failed($0) } ?? .finished
        let waiter = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
            guard state.end == nil else { return nil }
            state.end = end
            defer { state.waiter = nil }
            return state.waiter
        }
        guard let waiter else { return }
        Self.resume(waiter, with: .end(end))
    }

    // MARK: - Reading

    /// The next message; nil at the end. For one reader.
    ///
    /// - Throws: the error that ended the buffer, or `CancellationError` when the reading task is cancelled.
    func next() async throws -> [UInt8]? {
        switch state.withLock(Self.take) {
        case .message(let message): return message
        case .end(.finished): return nil
        case .end(.failed(let error)): throw error
        case .cancelled, .secondReader, nil: break
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let taken = state.withLock { state -> Taken? in
                    if let taken = Self.take(&state) { return taken }
                    guard state.waiter == nil else { return .secondReader }
                    state.waiter = continuation
                    return nil
                }
                if let taken { Self.resume(continuation, with: taken) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
                // The flag is for a reader who is about to wait, and looks at it under the same lock.
                state.isCancelled = true
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(throwing: CancellationError())
        }
    }

    /// The next messages: as many as are there, at most ``mostAtOnce``; nil at the end. For one reader.
    ///
    /// - Throws: as ``next()``.
    func nextBatch() async throws -> [[UInt8]]? {
        guard let first = try await next() else { return nil }
        return state.withLock { state in
            var batch = [first]
            while batch.count < Self.mostAtOnce, state.first < state.messages.count,
                case .message(let message)? = Self.take(&state)
            {
                batch.append(message)
            }
            return batch
        }
    }

    /// So that a reader who takes all of them lets others have their turn in between.
    private static let mostAtOnce = 100

    private static func take(_ state: inout State) -> Taken? {
        if state.isCancelled { return .cancelled }
        guard state.first < state.messages.count else { return state.end.map { .end($0) } }
        let message = state.messages[state.first]
        state.messages[state.first] = []
        state.first += 1
        state.byteCount -= message.count
        if state.first == state.messages.count {
            state.messages.removeAll(keepingCapacity: state.first <= 1024)
            state.first = 0
        } else if state.first > 1024 && state.first > state.messages.count / 2 {
            state.messages.removeFirst(state.first)
            state.first = 0
        }
        return .message(message)
    }

    private static func resume(_ continuation: CheckedContinuation<[UInt8]?, any Error>, with taken: Taken) {
        switch taken {
        case .message(let message): continuation.resume(returning: message)
        case .end(.finished): continuation.resume(returning: nil)
        case .end(.failed(let error)): continuation.resume(throwing: error)
        case .cancelled: continuation.resume(throwing: CancellationError())
        case .secondReader:
            continuation.resume(
                throwing: CurlError(.internalFault, operation: "messages", message: "two tasks read one WebSocket")
            )
        }
    }
}
