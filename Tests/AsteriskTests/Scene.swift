import LabSupport
import Testing

/// A call between a client and an agent, with phones that are put away afterwards.
struct Scene: Sendable {
    enum Direction: Sendable, CaseIterable {
        case agentIsCalled
        case agentCalls
    }

    let bench: Bench
    let client: Phone
    let agent: Phone

    var lab: Lab { bench.lab }
    var earshot: EarshotProcess { bench.earshot }

    /// Runs `body` while a client and an agent talk to each other.
    ///
    /// - Parameters:
    ///   - dialled: what the client dials; nil for the agent's extension.
    ///   - codecs: what both phones offer and accept.
    static func whileTalking(
        _ direction: Direction = .agentIsCalled,
        agent: String = "101",
        client: String = "201",
        dialled: String? = nil,
        codecs: [PhoneSettings.Codec] = [.pcmu],
        _ body: (Scene) async throws -> Void
    ) async throws {
        let bench = try Bench.current
        try await withPhones([client: .client, agent: .agent], codecs: codecs, in: bench.lab) { phones in
            let scene = Scene(bench: bench, client: try phones[client], agent: try phones[agent])
            switch direction {
            case .agentIsCalled: try await scene.client.dial(dialled ?? agent)
            case .agentCalls: try await scene.agent.dial(client)
            }
            try await scene.client.waitFor(.established)
            try await scene.agent.waitFor(.established)
            try await scene.client.waitToHear(.agent)
            try await scene.agent.waitToHear(.client)
            try await body(scene)
        }
        try await nothingIsLeft(in: bench.lab)
    }

    /// Runs `body` with a registered phone for each user.
    static func withPhones(
        _ users: [String: Tone?],
        answering: PhoneSettings.Answering = .automatic,
        codecs: [PhoneSettings.Codec] = [.pcmu],
        in lab: Lab,
        _ body: (Phones) async throws -> Void
    ) async throws {
        let phones = try await withThrowingTaskGroup(of: (String, Phone).self) { group in
            for (user, tone) in users {
                group.addTask {
                    (user, try await lab.startPhone(user, tone: tone, answering: answering, codecs: codecs))
                }
            }
            return try await group.reduce(into: [String: Phone]()) { $0[$1.0] = $1.1 }
        }
        let result: Result<Void, any Error>
        do {
            try await body(Phones(byUser: phones))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await withTaskGroup(of: Void.self) { group in
            for phone in phones.values { group.addTask { await phone.stop() } }
        }
        try result.get()
    }

    struct Phones {
        fileprivate let byUser: [String: Phone]

        subscript(user: String) -> Phone {
            get throws { try #require(byUser[user]) }
        }
    }

    /// Runs `body` with a supervisor's phone.
    func withSupervisor(_ user: String, _ body: (Phone) async throws -> Void) async throws {
        try await Self.withPhones([user: .supervisor], in: lab) { try await body(try $0[user]) }
    }

    /// Waits until Asterisk has no channel and no bridge of Earshot's, and tells it of no endpoint and no channel.
    static func nothingIsLeft(in lab: Lab) async throws {
        try await lab.waitUntil("the end of everything that is Earshot's") { channels, bridges in
            !channels.contains { $0.isEarshots } && !bridges.contains { $0.id.hasPrefix("earshot-") }
        }
        try await lab.waitUntilNothingIsWatched()
    }
}

extension Lab.Channel {
    /// A snoop that Earshot made.
    var isEarshots: Bool { id.hasPrefix("earshot-") }
}

/// What one ear should hear of whom.
struct Ear: CustomStringConvertible {
    let name: String
    let phone: Phone
    let hears: [Tone]
    let isFreeOf: [Tone]
    /// In how many windows of 100 ms a click may pass for one of these.
    var clicks = 0

    var description: String { name }
}

/// Listens with all ears at the same time, and compares.
func expect(
    _ ears: [Ear],
    for duration: Duration = .seconds(1),
    sourceLocation: SourceLocation = #_sourceLocation
)
    async throws
{
    let heard = try await withThrowingTaskGroup(of: (Int, Heard).self) { group in
        for (index, ear) in ears.enumerated() {
            let phone = ear.phone
            group.addTask { (index, try await phone.listen(for: duration)) }
        }
        return try await group.reduce(into: [Int: Heard]()) { $0[$1.0] = $1.1 }
    }
    for (index, ear) in ears.enumerated() {
        let heard = try #require(heard[index])
        for tone in ear.hears {
            let isHeard = heard.hears(tone)
            #expect(
                isHeard,
                "\(ear) must hear \(tone): \(heard.level(of: tone)) dB",
                sourceLocation: sourceLocation
            )
        }
        for tone in ear.isFreeOf {
            let isFree = heard.isFree(of: tone, butForClicks: ear.clicks)
            #expect(
                isFree,
                "\(ear) must not hear \(tone): \(heard.level(of: tone)) dB",
                sourceLocation: sourceLocation
            )
        }
    }
}

/// The codes, and what they do to whom.
enum Mode: String, CaseIterable, Sendable {
    case listen = "*91"
    case whisper = "*92"
    case barge = "*93"

    var agentHearsSupervisor: Bool { self != .listen }
    var clientHearsSupervisor: Bool { self == .barge }
}
