import ArgumentParser
import LabSupport

/// `earshot-lab demo`: a supervisor in a live call in all three modes, with proof from the audio.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows a supervisor listening, whispering and barging into a real call, and proves it by tones.",
        discussion: "Exits with 1 when somebody hears what they should not, or does not hear what they should."
    )

    @OptionGroup var options: EarshotOptions

    @Flag(help: "Leave Earshot running, and say how to use it with a softphone of your own.")
    var keep = false

    func run() async throws {
        let (command, keep) = (options.earshot, keep)
        try await running("demo") { try await Self.show(command: command, keep: keep) }
    }

    private static func show(command: String, keep: Bool) async throws {
        let lab = try Lab.load()
        say("Asterisk \(lab.asteriskVersion) on 127.0.0.1:\(lab.sip.port). Starting Earshot …")
        guard keep else {
            return try await EarshotUnderTest.whileServing(lab, command: command) { _ in
                try await demonstrate(in: lab)
            }
        }
        let page = try await DemoPage.make(for: lab, command: command)
        let pid = try await EarshotUnderTest.keepServing(lab, command: command, environment: page.environment) {
            try await demonstrate(in: lab)
        }
        sayHowToGoOn(lab, earshot: pid, page)
    }

    private static func demonstrate(in lab: Lab) async throws {
        say("Earshot is connected. Registering the phones of client 201, agent 101 and supervisor 305 …")
        try await StandingCall.whileUp(in: lab) { call in
            say("201 has called 101; they hear each other. Each phone sends its own tone:")
            say("  agent \(Tone.agent), client \(Tone.client), supervisor \(Tone.supervisor)")
            let begin = (agent: call.agent.mark(), client: call.client.mark())
            let modes = try await lab.withPhone("305", tone: .supervisor) { try await tryAllModes(lab, call, $0) }
            let quick = try await firstVoiceWithoutAnnouncement(lab)
            say("\n" + HearingTable.text(modes))
            let undisturbed = HearingTable.disturbance(
                agent: call.agent.heard(since: begin.agent),
                client: call.client.heard(since: begin.client)
            )
            say(
                "Without beep and digits (supervisor 311, SPY_PARAMS=qESsb) the call is heard \(milliseconds(quick)) after dialling."
            )
            say(undisturbed.text)
            guard modes.allSatisfy(\.isRight), undisturbed.isRight else {
                throw LabError("somebody heard what they should not, or did not hear what they should")
            }
            say("All as it should be.")
        }
        try await lab.waitUntil("an Asterisk without channels and bridges") { $0.isEmpty && $1.isEmpty }
        say("Asterisk has no channel and no bridge left.")
    }

    private static func tryAllModes(_ lab: Lab, _ call: StandingCall, _ supervisor: Phone) async throws -> [ModeResult]
    {
        var results: [ModeResult] = []
        for mode in MonitoringMode.allCases {
            say("\nSupervisor 305 dials \(mode.code)101 (\(mode.rawValue)) …")
            let mark = supervisor.mark()
            let dialled = try await supervisor.dial(mode.code + "101")
            let sound = try await supervisor.waitForSound(since: mark)
            let voice = try await supervisor.waitToHear(.client, since: mark, within: .seconds(15))
            say("  the beep after \(milliseconds(sound - dialled)), the call after \(milliseconds(voice - dialled))")
            let second = Duration.seconds(1)
            async let atAgent = call.agent.listen(for: second)
            async let atClient = call.client.listen(for: second)
            async let atSupervisor = supervisor.listen(for: second)
            let heard: [Party: Heard] = [
                .agent: try await atAgent, .client: try await atClient, .supervisor: try await atSupervisor,
            ]
            results.append(
                ModeResult(mode: mode, heard: heard, firstSound: sound - dialled, firstVoice: voice - dialled)
            )
            try await supervisor.hangUp()
            try await supervisor.waitFor(.closed)
            try await lab.waitUntil("the end of the session") { channels, _ in channels.count == 2 }
        }
        return results
    }

    /// How long a supervisor waits for the call when they want no announcement.
    private static func firstVoiceWithoutAnnouncement(_ lab: Lab) async throws -> Duration {
        try await lab.withPhone("311", tone: .supervisor) { supervisor in
            let mark = supervisor.mark()
            let dialled = try await supervisor.dial(MonitoringMode.listen.code + "101")
            let heard = try await supervisor.waitToHear(.client, since: mark)
            try await supervisor.hangUp()
            try await supervisor.waitFor(.closed)
            return heard - dialled
        }
    }

    private static func sayHowToGoOn(_ lab: Lab, earshot: Int32, _ page: DemoPage) {
        let users = ["201", "101", "305"].compactMap { user in lab.phones.first { $0.extension == user } }
        say(
            "\nThe lab and Earshot (process \(earshot)) go on. Register softphones on this machine at 127.0.0.1, port \(lab.sip.port), UDP:"
        )
        for user in users { say("  user \(user.extension)  password \(user.password ?? "")") }
        say(
            """
            Call 101 from 201. Then dial from 305:
              *91101  listen    *92101  whisper    *93101  barge
            The page, where you change what 305 may do: \(page.address)
              account \(page.account)  password \(page.password)
            Earshot's log: \(lab.directory)/earshot.log
            To stop: scripts/demo --stop
            """
        )
    }
}

/// A duration for people: `47 ms`.
func milliseconds(_ duration: Duration) -> String {
    "\(Int((duration / .milliseconds(1)).rounded())) ms"
}
