#if canImport(Glibc)
    package import Glibc
#else
    package import Darwin
#endif

/// A value behind a lock: the only lock of the project.
///
/// It stands on `pthread_mutex_t`, because ThreadSanitizer reports races that are none with `Synchronization.Mutex` on
/// this toolchain, and the sanitizer is one of our gates. Use it where an actor cannot be used: where synchronous code
/// on several threads shares a few fields.
///
/// Hold it briefly: no call-out, no `await`, and never create or resume a continuation inside; take what is to be done
/// out of the closure and do it afterwards. The lock is not recursive.
// Safe because every access to `value` goes through `withLock`, which holds the mutex for as long as the access lasts.
package final class LockedBox<Value: Sendable>: @unchecked Sendable {
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline var value: Value

    /// Puts `value` behind a new lock.
    @inlinable package init(_ value: Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        let status = pthread_mutex_init(mutex, nil)
        assert(status == 0, "pthread_mutex_init fails only for lack of memory")
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deinitialize(count: 1)
        mutex.deallocate()
    }

    /// Runs `body` with the value while no other thread can see it.
    ///
    /// - Throws: what `body` throws; the lock is released either way.
    // In the caller's module it is a function of the caller's types, and costs half as much.
    @inlinable package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
