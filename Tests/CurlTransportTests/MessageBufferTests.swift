import Testing

@testable import CurlTransport

@Suite(.timeLimit(.minutes(1)))
struct MessageBufferTests {
    private struct End: Error {}

    private func next(_ buffer: MessageBuffer) async throws -> [UInt8]? { try await buffer.next() }

    @Test func `messages come in order, then the end, again and again`() async throws {
        let buffer = MessageBuffer(maximumMessages: 10_000, maximumBytes: 1_000_000)
        for index in 0..<5000 { #expect(buffer.put([UInt8(index & 0xFF), UInt8(index >> 8)])) }
        buffer.finish()
        for index in 0..<5000 { #expect(try await next(buffer) == [UInt8(index & 0xFF), UInt8(index >> 8)]) }
        #expect(try await next(buffer) == nil)
        #expect(try await next(buffer) == nil)
    }

    @Test func `the number of messages is bounded, and reading makes room`() async throws {
        let buffer = MessageBuffer(maximumMessages: 2, maximumBytes: 100)
        #expect(buffer.put([1]))
        #expect(buffer.put([2]))
        #expect(!buffer.put([3]))
        #expect(try await next(buffer) == [1])
        #expect(buffer.put([4]))
        #expect(!buffer.put([5]))
        #expect(try await next(buffer) == [2])
        #expect(try await next(buffer) == [4])
    }

    @Test func `the number of bytes is bounded, and reading makes room`() async throws {
        let buffer = MessageBuffer(maximumMessages: 100, maximumBytes: 10)
        #expect(buffer.put(Array(repeating: 0, count: 10)))
        #expect(!buffer.put([1]))
        #expect(try await next(buffer)?.count == 10)
        #expect(buffer.put([1]))
    }

    @Test func `the error comes after what was stored, and the first one counts`() async throws {
        let buffer = MessageBuffer(maximumMessages: 10, maximumBytes: 10)
        _ = buffer.put([1])
        buffer.finish(throwing: End())
        buffer.finish()
        #expect(buffer.put([2]))
        #expect(try await next(buffer) == [1])
        await #expect(throws: End.self) { try await next(buffer) }
    }

    @Test func `a reader who waits gets what comes`() async throws {
        for end in [false, true] {
            let buffer = MessageBuffer(maximumMessages: 1, maximumBytes: 10)
            async let message = next(buffer)
            await Task.yield()
            if end { buffer.finish() } else { _ = buffer.put([1]) }
            #expect(try await message == (end ? nil : [1]))
        }
    }

    @Test func `a reader is cancelled at any moment`() async throws {
        for round in 0..<200 {
            let buffer = MessageBuffer(maximumMessages: 1, maximumBytes: 10)
            let task = Task { try await next(buffer) }
            for _ in 0..<(round % 5) { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test func `a second reader is refused, and the first one goes on`() async throws {
        let buffer = MessageBuffer(maximumMessages: 1, maximumBytes: 10)
        let results = await withTaskGroup(of: Result<[UInt8]?, any Error>.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    do { return .success(try await buffer.next()) } catch { return .failure(error) }
                }
            }
            // The refused one comes back first: nothing has been put yet.
            let refused = await group.next()
            _ = buffer.put([1])
            return [refused, await group.next()]
        }
        #expect(throws: CurlError.self) { try results[0]?.get() }
        #expect(try results[1]?.get() == [1])
    }
}
