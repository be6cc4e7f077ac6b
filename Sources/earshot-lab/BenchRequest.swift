import ARITestServer
import ARITestSupport
import ArgumentParser
import CurlTransport
import Glibc
import LabSupport
import Logging

/// `earshot-lab bench request`: what one HTTP request costs Earshot's client, and pycurl on the same release of libcurl.
struct BenchRequest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "The processor's time for one request: pycurl and Earshot's client in turn.",
        discussion: """
            Both are processes of their own, and ask a small Asterisk on loopback for its channels, on connections that are kept, the answers not \
            decoded: 8 requests at a time, and then the 20 of a session, 40 sessions a second, some together and some alone as a session makes \
            them. Fails when the ratio of the first is greater than allowed.
            """
    )

    @Option(
        help: """
            The other client: it gets a URL and a number of requests, to be made 8 at a time; or a number of sessions, how many requests of a \
            session come together, one number behind the other, and the milliseconds between two sessions. It prints microseconds for each \
            request, or session.
            """
    )
    var peer: String
    @Option(help: "How often each of the two is measured.") var rounds = 5
    @Option(help: "How many requests are made each time, 8 at a time.") var requests = 20_000
    @Option(help: "For how many sessions requests are made each time.") var sessions = 300
    @Option(help: "Fail when the ratio of the medians, Earshot to the other, is greater than this.")
    var atMost: Double?

    func validate() throws {
        guard rounds > 0, requests > 0, sessions > 0 else {
            throw ValidationError("No number may be less than 1.")
        }
        if let atMost, !(atMost > 0) { throw ValidationError("--at-most must be greater than 0.") }
    }

    func run() async throws {
        let bench = self
        try await measuring { try await bench.measure() }
    }

    /// What the application of `scripts/bench client` waits for at a time (`scripts/bench-lib/ari-client`).
    private static let groups = "2,3,1,2,5,1,1,1,1,3"
    private static let millisecondsBetweenSessions = "25"

    private func measure() async throws {
        var world = AsteriskWorld()
        world.addEndpoint("101")
        world.addEndpoint("200")
        let call = world.placeCall(from: "200", to: "101")
        world.answer(call)
        let own = try executable()
        let session = [String(sessions), Self.groups, Self.millisecondsBetweenSessions]
        var (together, inSessions) = (Comparison(), Comparison())
        try await LoopbackServer.whileServing(LoopbackAsterisk(world)) { url in
            for round in 1...rounds {
                let own = [own, "requests", url], peer = [peer, url + "/channels"]
                // In turn first and second.
                try await together.add(own, peer, [String(requests)], isOwnFirst: round.isMultiple(of: 2))
                try await inSessions.add(own, peer, session, isOwnFirst: round.isMultiple(of: 2))
            }
        }
        say("microseconds of a processor, median and range:")
        try together.tell("a request, 8 at a time", as: "a request, µs of a processor")
        try inSessions.tell("the requests of a session", as: "the requests of a session, µs of a processor")
        if let atMost, together.ratio > atMost {
            throw TooSlow(
                description: "the ratio is \(hundredths(together.ratio)), and at most \(hundredths(atMost)) is allowed"
            )
        }
    }

    /// What a request costs the other client, and Earshot's.
    private struct Comparison {
        var (peers, earshots) = (Series(), Series())

        var ratio: Double { earshots.median / peers.median }

        /// Measures both, in the order in which it is their turn.
        mutating func add(_ own: [String], _ peer: [String], _ arguments: [String], isOwnFirst: Bool) async throws {
            if isOwnFirst { earshots.add(try await Self.time(own + arguments)) }
            peers.add(try await Self.time(peer + arguments))
            if !isOwnFirst { earshots.add(try await Self.time(own + arguments)) }
        }

        func tell(_ title: String, as name: String) throws {
            say(
                "  \(title): pycurl \(medianAndRange(peers)), Earshot's client \(medianAndRange(earshots)), ratio \(hundredths(ratio))"
            )
            try Figure(
                name: name,
                goal: "1.5 of the peer",
                earshot: "\(hundredths(earshots.median)): \(hundredths(ratio))",
                peer: "pycurl \(hundredths(peers.median))"
            ).tell()
        }

        private static func time(_ arguments: [String]) async throws -> Double {
            let text = try await output(of: arguments)
            guard let time = Double(text.split(separator: "\n").last ?? "") else {
                throw LabError("\(arguments[0]) has printed no number: \(text)")
            }
            return time
        }
    }

    private func executable() throws -> String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard readlink("/proc/self/exe", &path, path.count - 1) > 0 else { throw LabError("/proc/self/exe is no link") }
        return String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// `earshot-lab requests`: makes requests with Earshot's client, for `bench request`.
struct Requests: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "requests",
        abstract: "Makes requests, and prints the microseconds of a processor for each.",
        shouldDisplay: false
    )

    /// As many as Earshot makes by default.
    private static let atOnce = 8

    @Argument(help: "ARI's base URL.") var url: String
    @Argument(help: "How many requests, or sessions.") var count: Int
    @Argument(help: "How many requests of a session come together, such as 2,3,1.") var groups: String?
    @Argument(help: "How many milliseconds are between two sessions.") var pause = 25

    func run() async throws {
        let configuration = CurlConfiguration(baseURL: try CurlBaseURL(url))
        let client = try CurlClient(configuration: configuration, logger: Logger(label: "requests"))
        // Connections and caches are there before it counts.
        _ = try await Self.ask(client, 100)
        let before = try ProcessUsage(of: getpid()).processorTime
        let made: Int
        if let groups {
            let sizes = try groups.split(separator: ",").map { size in
                guard let number = Int(size), number > 0 else {
                    throw ValidationError("\(size) is no number of requests.")
                }
                return number
            }
            try await Self.askInSessions(client, count, sizes, .milliseconds(pause))
            made = count
        } else {
            made = try await Self.ask(client, max(1, count / Self.atOnce))
        }
        let time = try ProcessUsage(of: getpid()).processorTime - before
        await client.shutdown()
        print(time / .microseconds(1) / Double(made))
    }

    /// Makes so many requests in each of ``atOnce`` tasks.
    ///
    /// - Returns: how many that were.
    private static func ask(_ client: CurlClient, _ count: Int) async throws -> Int {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<atOnce {
                // Where Earshot itself waits for its answers.
                group.addTask(executorPreference: client.taskExecutor) {
                    for _ in 0..<count { try await ask(client) }
                }
            }
            try await group.waitForAll()
        }
        return count * atOnce
    }

    /// Makes the requests of so many sessions: each group once the one before it is answered.
    private static func askInSessions(
        _ client: CurlClient,
        _ count: Int,
        _ groups: [Int],
        _ pause: Duration
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { sessions in
            sessions.addTask(executorPreference: client.taskExecutor) {
                let start = client.clock.now
                for number in 0..<count {
                    try await client.clock.sleep(until: start + pause * number)
                    for size in groups {
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for _ in 0..<size { group.addTask { try await ask(client) } }
                            try await group.waitForAll()
                        }
                    }
                }
            }
            try await sessions.waitForAll()
        }
    }

    private static func ask(_ client: CurlClient) async throws {
        let answer = try await client.send(CurlRequest(operation: "channels.list", method: .get, path: ["channels"]))
        guard answer.status == 200 else { throw LabError("status \(answer.status)") }
    }
}
