import CurlTransport
import Glibc
import Locking
import Testing

/// A server that counts requests and answers none.
private func withSilentServer(
    maximumConnections: Int = 8,
    maximumWaitingRequests: Int = 10,
    _ body: (CurlClient, _ requests: LockedBox<Int>) async throws -> Void
) async throws {
    let requests = LockedBox(0)
    try await withScriptedServer { connection in
        while connection.read() != nil { requests.withLock { $0 += 1 } }
    } _: { server in
        var configuration = try configuration(port: server.port)
        configuration.maximumConnections = maximumConnections
        configuration.maximumWaitingRequests = maximumWaitingRequests
        try await withClient(configuration) { client in
            try await body(client, requests)
        }
    }
}

/// A server that counts each request, and answers none before it is released.
private func withServer(
    answeringWhen isReleased: LockedBox<Bool>,
    _ requests: LockedBox<Int>,
    _ body: (ScriptedServer) async throws -> Void
) async throws {
    try await withScriptedServer(
        { connection in
            while connection.read() != nil {
                requests.withLock { $0 += 1 }
                while !isReleased.withLock({ $0 }) { usleep(1000) }
                connection.respond(body: "ok")
            }
        },
        body
    )
}

private func wait(until condition: () -> Bool) async {
    while !condition() { await Task.yield() }
}

@Suite(.timeLimit(.minutes(1)))
struct LifeTests {
    @Test func `cancelling a task ends its transfer`() async throws {
        try await withScriptedServer { connection in
            guard connection.read() != nil else { return }
            // Ends when the client closes: the test ends only if the transfer does.
            connection.waitForClose()
        } _: { server in
            try await withClient(try configuration(port: server.port)) { client in
                let task = Task { try await client.send(request(timeout: .seconds(3600))) }
                await wait { server.connectionCount == 1 }
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                await wait { server.openCount == 0 }
            }
        }
    }

    @Test func `a task that is cancelled before it begins sends nothing`() async throws {
        try await withSilentServer { client, requests in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await client.send(request())
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(requests.withLock { $0 } == 0)
        }
    }

    @Test func `a request that gets no connection in time is not sent, and says so`() async throws {
        try await withSilentServer(maximumConnections: 1) { client, requests in
            let first = Task { try await client.send(request(timeout: .seconds(3600))) }
            await wait { requests.withLock { $0 } == 1 }
            let error = await #expect(throws: CurlError.self) {
                try await client.send(request(timeout: .milliseconds(50)))
            }
            #expect(error?.code == .notSent)
            #expect(requests.withLock { $0 } == 1)
            first.cancel()
            _ = await first.result
        }
    }

    @Test func `a request that waits for the connection of a cancelled one is sent at once`() async throws {
        try await withSilentServer(maximumConnections: 1, maximumWaitingRequests: 1) { client, requests in
            let first = Task { try await client.send(request(timeout: .seconds(3600))) }
            await wait { requests.withLock { $0 } == 1 }
            await withTaskGroup(of: Void.self) { group in
                for _ in 1...2 {
                    group.addTask { _ = try? await client.send(request(timeout: .seconds(3600))) }
                }
                // One may wait; the other one is refused.
                await group.next()
                first.cancel()
                await wait { requests.withLock { $0 } == 2 }
                group.cancelAll()
            }
            _ = await first.result
        }
    }

    @Test func `one request more than may wait for a connection fails at once, and the others keep their turn`()
        async throws
    {
        let isReleased = LockedBox(false)
        let requests = LockedBox(0)
        try await withServer(answeringWhen: isReleased, requests) { server in
            var configuration = try configuration(port: server.port)
            configuration.maximumConnections = 1
            configuration.maximumWaitingRequests = 3
            try await withClient(configuration) { client in
                let outcomes = await withTaskGroup(of: Result<Int, any Error>.self) { group in
                    for _ in 1...6 {
                        group.addTask {
                            do {
                                return .success(try await client.send(request(timeout: .seconds(3600))).status)
                            } catch {
                                return .failure(error)
                            }
                        }
                    }
                    // One is being answered, three wait.
                    var outcomes = [await group.next(), await group.next()].compactMap(\.self)
                    isReleased.withLock { $0 = true }
                    for await outcome in group { outcomes.append(outcome) }
                    return outcomes
                }
                let codes = outcomes.prefix(2).map { outcome in
                    if case .failure(let error) = outcome { (error as? CurlError)?.code } else { CurlError.Code?.none }
                }
                #expect(codes == [.notSent, .notSent])
                #expect(outcomes.dropFirst(2).compactMap { try? $0.get() } == [200, 200, 200, 200])
            }
        }
        #expect(requests.withLock { $0 } == 4)
    }

    @Test func `requests that wait for a connection are sent when it is free`() async throws {
        let isReleased = LockedBox(false)
        let requests = LockedBox(0)
        try await withServer(answeringWhen: isReleased, requests) { server in
            var configuration = try configuration(port: server.port)
            configuration.maximumConnections = 2
            try await withClient(configuration) { client in
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 1...20 { group.addTask { try await client.send(request()).status } }
                    await wait { requests.withLock { $0 } == 2 }
                    isReleased.withLock { $0 = true }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(statuses == Array(repeating: 200, count: 20))
                #expect(server.maximumOpenCount <= 2)
            }
        }
        #expect(requests.withLock { $0 } == 20)
    }

    @Test func `cancelling at any moment resumes every task exactly once`() async throws {
        try await withScriptedServer { connection in
            while connection.read() != nil { connection.respond(body: "ok") }
        } _: { server in
            try await withClient(try configuration(port: server.port)) { client in
                let outcomes = await withTaskGroup(of: Bool.self) { group in
                    for index in 0..<300 {
                        group.addTask {
                            let task = Task { try await client.send(request()).status == 200 }
                            for _ in 0..<(index % 30) { await Task.yield() }
                            task.cancel()
                            switch await task.result {
                            case .success(let isAnswered): return isAnswered
                            case .failure(let error): return error is CancellationError
                            }
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(outcomes.count == 300)
                #expect(outcomes.allSatisfy { $0 })
            }
        }
    }

    @Test func `cancelling ends the opening of a WebSocket`() async throws {
        try await withSilentServer { client, requests in
            let task = Task { try await client.withWebSocket(events) { _ in } }
            await wait { requests.withLock { $0 } == 1 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test func `cancelling ends the reading of a WebSocket, which is then closed in order`() async throws {
        let closed = LockedBox(false)
        try await withScriptedServer { connection in
            connection.upgrade()
            connection.writeText("first")
            let close = connection.serveUntilClose()
            closed.withLock { $0 = close != nil }
        } _: { server in
            try await withClient(try configuration(port: server.port)) { client in
                let isReading = LockedBox(false)
                let task = Task {
                    try await client.withWebSocket(events) { messages in
                        for try await _ in messages { isReading.withLock { $0 = true } }
                        try Task.checkCancellation()
                    }
                }
                await wait { isReading.withLock { $0 } }
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
            }
        }
        #expect(closed.withLock { $0 })
    }

    @Test func `shutting down fails what is outstanding and what comes later, and the WebSocket's reader`() async throws
    {
        try await withScriptedServer { connection in
            guard let head = connection.read() else { return }
            if let key = ScriptedConnection.key(of: head) {
                connection.write(ScriptedConnection.agreement(key))
                connection.writeText("first")
            }
            connection.waitForClose()
        } _: { server in
            try await withClient(try configuration(port: server.port)) { client in
                let isReading = LockedBox(false)
                async let requestError = curlError { try await client.send(request()) }
                async let readError = curlError {
                    try await client.withWebSocket(events) { messages in
                        for try await _ in messages { isReading.withLock { $0 = true } }
                    }
                }
                await wait { isReading.withLock { $0 } && server.connectionCount == 2 }
                await client.shutdown()
                #expect(await requestError?.code == .shutdown)
                #expect(await readError?.code == .shutdown)
                #expect(await curlError { try await client.send(request()) }?.code == .shutdown)
                #expect(await curlError { try await client.withWebSocket(events) { _ in } }?.code == .shutdown)
            }
        }
    }

    @Test func `shutting down again, and by many at a time, is harmless`() async throws {
        try await withSilentServer { client, _ in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<10 { group.addTask { await client.shutdown() } }
            }
        }
    }

    @Test func `requests that race with the shutdown are all answered`() async throws {
        try await withScriptedServer { connection in
            while connection.read() != nil { connection.respond(body: "ok") }
        } _: { server in
            for _ in 0..<20 {
                try await withClient(try configuration(port: server.port)) { client in
                    await withTaskGroup(of: CurlError.Code?.self) { group in
                        for _ in 0..<20 {
                            group.addTask { await curlError { try await client.send(request()) }?.code }
                        }
                        group.addTask {
                            await client.shutdown()
                            return nil
                        }
                        for await code in group { #expect(code == nil || code == .shutdown) }
                    }
                }
            }
        }
    }

    @Test func `200 connections, clients and WebSockets later there are no more descriptors and threads`() async {
        // In a process of its own, where nothing else opens anything.
        await #expect(processExitsWith: .success) {
            try await withScriptedServer { connection in
                while let head = connection.read() {
                    guard let key = ScriptedConnection.key(of: head) else {
                        connection.respond(headers: "Connection: close\r\n", body: "ok")
                        return
                    }
                    connection.write(ScriptedConnection.agreement(key))
                    connection.writeText("event")
                    connection.serveUntilClose()
                    return
                }
            } _: { server in
                func reconnect(_ client: CurlClient) async throws {
                    _ = try await client.send(request())
                    try await client.withWebSocket(events) { messages in
                        var iterator = messages.makeAsyncIterator()
                        _ = try await iterator.next()
                    }
                }
                try await withClient(try configuration(port: server.port)) { client in
                    for _ in 0..<5 { try await reconnect(client) }
                    await wait { server.openCount == 0 }
                    let before = entries(of: "/proc/self/fd")
                    for _ in 0..<200 { try await reconnect(client) }
                    await wait { server.openCount == 0 }
                    #expect(entries(of: "/proc/self/fd") <= before)
                }
                await wait { server.openCount == 0 }
                let threads = entries(of: "/proc/self/task")
                let descriptors = entries(of: "/proc/self/fd")
                for _ in 0..<20 {
                    try await withClient(try configuration(port: server.port)) { try await reconnect($0) }
                }
                await wait { server.openCount == 0 && entries(of: "/proc/self/task") <= threads }
                #expect(entries(of: "/proc/self/fd") <= descriptors)
            }
        }
    }
}

/// How many entries a folder has.
private func entries(of folder: String) -> Int {
    guard let directory = opendir(folder) else { return -1 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    return count
}
