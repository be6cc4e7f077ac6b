import Locking

/// One phone of a ``PhoneBank``. Waits go forward, as a ``Phone``'s do.
package final class BankPhone: Sendable {
    package var user: String { line.user }
    private let line: BankLine
    private let thread: BankThread
    private let cursor = Cursor()

    init(_ line: BankLine, _ thread: BankThread) {
        self.line = line
        self.thread = thread
    }

    // MARK: - Acting

    /// Calls `target`, an extension at the server.
    ///
    /// - Returns: the moment at which the INVITE was sent.
    @discardableResult
    package func dial(_ target: String) async throws -> ContinuousClock.Instant {
        cursor.move(to: line.events.count)
        thread.wish(.dial(line, target))
        return try await waitFor(.dialled).at
    }

    /// Hangs up, or gives up dialling. Wait for ``PhoneEvent/Name/closed`` for its end.
    package func hangUp() {
        thread.wish(.hangUp(line))
    }

    /// Presses keys, each for 100 ms, as RFC 4733 events, one after the other with 40 ms in between.
    ///
    /// - Parameter keys: of `0123456789*#ABCD`; others are left out.
    package func press(_ keys: String) {
        thread.wish(.press(line, keys))
    }

    // MARK: - Waiting

    /// The next event of that name after the one that was waited for last.
    ///
    /// - Throws: ``LabError`` after `timeout`; at once when the call ended instead.
    @discardableResult
    package func waitFor(_ name: PhoneEvent.Name, within timeout: Duration = .seconds(10)) async throws -> PhoneEvent {
        do {
            let found = try await line.events.first(from: cursor.position, within: timeout, name.rawValue) {
                $0.verdict(for: name)
            }
            cursor.move(to: found.index + 1)
            return found.entry
        } catch let error as LabError {
            let story = history.suffix(6).map { "\($0.name.rawValue) \($0.detail)" }.joined(separator: ", ")
            throw LabError("phone \(user): \(error) (\(story))")
        }
    }

    /// Everything that happened so far.
    package var history: [PhoneEvent] { line.events.entries() }

    /// Whether a call is established.
    package var isTalking: Bool {
        history.last { $0.name == .established || $0.name == .closed || $0.name == .dialled }?.name == .established
    }

    // MARK: - Hearing

    /// Counts from now on what is missing of this. Wait for ``PhoneEvent/Name/heard`` for all of it to be there.
    package func listen(for expectation: EarMeter.Expectation) {
        cursor.move(to: line.events.count)
        line.ear.withLock { $0 = EarMeter(expectation, from: .now) }
    }

    /// What was missing since ``listen(for:)``.
    package func report() -> EarReport {
        let now = ContinuousClock.now
        return line.ear.withLock { $0.report(until: now) }
    }
}
