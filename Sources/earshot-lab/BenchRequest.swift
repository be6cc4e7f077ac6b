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
            Both are processes of their own, and ask a small Asterisk on loopback for its channels: 8 requests at a time on connections that are \
            kept, the answers not decoded. Fails when the ratio is greater than allowed.
            """
    )

    @Option(help: "The other client: it gets a URL and a number of requests, and prints microseconds for each.")
    var peer: String
    @Option(help: "How often each of the two is measured.") var rounds = 5
    @Option(help: "How many requests are made each time.") var requests = 20_000
    @Option(help: "Fail when the ratio of the medians, Earshot to the other, is greater than this.")
    var atMost: Double?

    func validate() throws {
        guard rounds > 0, requests > 0 else { throw ValidationError("No number may be less than 1.") }
        if let atMost, !(atMost > 0) { throw ValidationError("--at-most must be greater than 0.") }
    }

    func run() async throws {
        let bench = self
        try await measuring { try await bench.measure() }
    }

    private func measure() async throws {
        var world = AsteriskWorld()
        world.addEndpoint("101")
        world.addEndpoint("200")
        let call = world.placeCall(from: "200", to: "101")
        world.answer(call)
        let own = try executable()
        var (peers, earshots) = (Series(), Series())
        try await LoopbackServer.whileServing(LoopbackAsterisk(world)) { url in
            for round in 1...rounds {
                // In turn first and second.
                if round.isMultiple(of: 2) { earshots.add(try await time([own, "requests", url, String(requests)])) }
                peers.add(try await time([peer, url + "/channels", String(requests)]))
                if !round.isMultiple(of: 2) { earshots.add(try await time([own, "requests", url, String(requests)])) }
            }
        }
        let ratio = earshots.median / peers.median
        say("microseconds of a processor for a request, median and range:")
        say("  pycurl:           \(range(peers))")
        say("  Earshot's client: \(range(earshots)), ratio \(hundredths(ratio))")
        try Figure(
            name: "a request, µs of a processor",
            goal: "1.5 of the peer",
            earshot: "\(hundredths(earshots.median)): \(hundredths(ratio))",
            peer: "pycurl \(hundredths(peers.median))"
        ).tell()
        if let atMost, ratio > atMost {
            throw TooSlow(
                description: "the ratio is \(hundredths(ratio)), and at most \(hundredths(atMost)) is allowed"
            )
        }
    }

    private func range(_ series: Series) -> String {
        "\(hundredths(series.median)) (\(hundredths(series.least)) to \(hundredths(series.greatest)))"
    }

    private func executable() throws -> String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard readlink("/proc/self/exe", &path, path.count - 1) > 0 else { throw LabError("/proc/self/exe is no link") }
        return String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func time(_ arguments: [String]) async throws -> Double {
        let text = try await output(of: arguments)
        guard let time = Double(text.split(separator: "\n").last ?? "") else {
            throw LabError("\(arguments[0]) has printed no number: \(text)")
        }
        return time
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
    @Argument(help: "How many requests.") var count: Int

    func run() async throws {
        let configuration = CurlConfiguration(baseURL: try CurlBaseURL(url))
        let client = try CurlClient(configuration: configuration, logger: Logger(label: "requests"))
        let each = max(1, count / Self.atOnce)
        // Connections and caches are there before it counts.
        try await Self.ask(client, 100)
        let before = try ProcessUsage(of: getpid()).processorTime
        try await Self.ask(client, each)
        let time = try ProcessUsage(of: getpid()).processorTime - before
        await client.shutdown()
        print(time / .microseconds(1) / Double(each * Self.atOnce))
    }

    private static func ask(_ client: CurlClient, _ count: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<atOnce {
                // Where Earshot itself waits for its answers.
                group.addTask(executorPreference: client.taskExecutor) {
                    for _ in 0..<count {
                        let answer = try await client.send(
                            CurlRequest(operation: "channels.list", method: .get, path: ["channels"])
                        )
                        guard answer.status == 200 else { throw LabError("status \(answer.status)") }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
