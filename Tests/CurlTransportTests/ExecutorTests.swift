import CurlTransport
import Glibc
import Testing

/// Tasks that run on the client's own thread.
@Suite(.timeLimit(.minutes(1)))
struct ExecutorTests {
    private func withAnsweringServer(_ body: (CurlClient) async throws -> Void) async throws {
        try await withScriptedServer { connection in
            while connection.read() != nil { connection.respond(body: "ok") }
        } _: { server in
            try await withClient(try configuration(port: server.port), body)
        }
    }

    @Test func `requests of a task that runs there change no thread`() async throws {
        try await withAnsweringServer { client in
            let threads = try await withTaskExecutorPreference(client.taskExecutor) {
                try await withThrowingTaskGroup(of: Set<pthread_t>.self) { group in
                    for _ in 1...20 {
                        group.addTask {
                            var threads = [pthread_self()]
                            for _ in 1...3 {
                                let status = try await client.send(request()).status
                                #expect(status == 200)
                                threads.append(pthread_self())
                            }
                            return Set(threads)
                        }
                    }
                    return try await group.reduce(into: Set()) { $0.formUnion($1) }
                }
            }
            #expect(threads.count == 1)
            #expect(!threads.contains(pthread_self()))
        }
    }

    @Test func `it is woken by clocks and by other threads`() async throws {
        try await withAnsweringServer { client in
            let value = try await withTaskExecutorPreference(client.taskExecutor) {
                try await Task.sleep(for: .milliseconds(1))
                return await Task.detached { 7 }.value
            }
            #expect(value == 7)
        }
    }

    @Test func `tasks that always have something to do keep no answer waiting`() async throws {
        try await withAnsweringServer { client in
            try await withBusyThread(of: client) {
                for _ in 1...20 {
                    let status = try await client.send(request()).status
                    #expect(status == 200)
                }
            }
        }
    }

    @Test func `a shutdown by a task that runs there ends the thread, and the task goes on`() async throws {
        try await withAnsweringServer { client in
            let code = try await withTaskExecutorPreference(client.taskExecutor) { () -> CurlError.Code? in
                let status = try await client.send(request()).status
                #expect(status == 200)
                await client.shutdown()
                return await #expect(throws: CurlError.self) { try await client.send(request()) }?.code
            }
            #expect(code == .shutdown)
        }
    }
}
