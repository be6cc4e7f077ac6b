import Foundation

/// How far a phone's events have been waited through.
// Safe because `value` is behind `lock`.
final class Cursor: @unchecked Sendable {
    private let lock = NSLock()
    private var value = 0

    var position: Int { lock.withLock { value } }

    func move(to position: Int) {
        lock.withLock { value = position }
    }
}
