import LabSupport

/// What a supervisor can do.
enum MonitoringMode: String, CaseIterable {
    case listen
    case whisper
    case barge

    /// What they dial before the agent's extension.
    var code: String {
        switch self {
        case .listen: "*91"
        case .whisper: "*92"
        case .barge: "*93"
        }
    }
}

/// Who takes part.
enum Party: String, CaseIterable {
    case agent
    case client
    case supervisor

    var tone: Tone {
        switch self {
        case .agent: .agent
        case .client: .client
        case .supervisor: .supervisor
        }
    }

    /// Whether this ear should hear `voice`. Nobody hears their own voice; agent and client always hear each other.
    func shouldHear(_ voice: Party, in mode: MonitoringMode) -> Bool {
        guard voice != self else { return false }
        guard voice == .supervisor else { return true }
        switch self {
        case .agent: return mode != .listen
        case .client: return mode == .barge
        case .supervisor: return false
        }
    }
}

/// What was heard in one mode.
struct ModeResult {
    let mode: MonitoringMode
    let heard: [Party: Heard]
    let firstSound: Duration
    let firstVoice: Duration

    /// Whether each ear heard all it should and none of what it should not. What is between "there" and "not there" is wrong either way.
    var isRight: Bool {
        Party.allCases.allSatisfy { ear in Party.allCases.allSatisfy { voice in isRight(ear: ear, voice: voice) } }
    }

    func isRight(ear: Party, voice: Party) -> Bool {
        guard let heard = heard[ear] else { return false }
        return ear.shouldHear(voice, in: mode) ? heard.hears(voice.tone) : heard.isFree(of: voice.tone)
    }

    /// `yes -10 dB`, `no`, or what is wrong instead.
    func cell(ear: Party, voice: Party) -> String {
        guard let heard = heard[ear] else { return "?" }
        let level = "\(Int(heard.level(of: voice.tone).rounded())) dB"
        switch (ear.shouldHear(voice, in: mode), isRight(ear: ear, voice: voice)) {
        case (true, true): return "yes (\(level))"
        case (false, true): return "no"
        case (true, false): return "MISSING (\(level))"
        case (false, false): return "WRONG (\(level))"
        }
    }
}

/// The results as text.
enum HearingTable {
    private static let columns = [9, 12, 16, 16, 18, 18, 16]

    /// Rows are ears, columns are voices.
    static func text(_ results: [ModeResult]) -> String {
        var lines = [
            "Who hears whom, measured from what each phone received:",
            "",
            line(["mode", "ear", "hears agent", "hears client", "hears supervisor", "first sound", "first of the call"]
            ),
            String(repeating: "-", count: columns.reduce(0, +)),
        ]
        for result in results {
            for ear in Party.allCases {
                let cells = Party.allCases.map { result.cell(ear: ear, voice: $0) }
                let times = ear == .supervisor ? [result.firstSound, result.firstVoice].map(milliseconds) : []
                lines.append(line([ear == .agent ? result.mode.rawValue : "", ear.rawValue] + cells + times))
            }
        }
        lines += [
            "",
            "Times count from dialling; the first sound is the beep, then the digits are spoken, as SPY_PARAMS=ESsb asks.",
        ]
        return lines.joined(separator: "\n")
    }

    private static func line(_ cells: [String]) -> String {
        var line = ""
        for (cell, width) in zip(cells, columns) {
            line += cell + String(repeating: " ", count: max(1, width - cell.count))
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    /// Whether agent and client heard each other all the time, from before the first code to after the last.
    static func disturbance(agent: Heard, client: Heard) -> (isRight: Bool, text: String) {
        let gap = max(agent.longestGap(of: .client), client.longestGap(of: .agent))
        let pause = max(agent.longestPause, client.longestPause)
        let missing = max(.zero, agent.duration - agent.received, client.duration - client.received)
        // A packet or two may be lost when a snoop comes or goes. A busy machine delays some, and the last are still on their way.
        let isRight = gap <= .milliseconds(60) && pause <= .milliseconds(150) && missing <= .milliseconds(200)
        let verdict = isRight ? "was not disturbed" : "WAS DISTURBED"
        let text =
            "The call \(verdict): in \(milliseconds(agent.duration)), the other's voice was missing for \(milliseconds(gap)) at most, "
            + "and the longest wait for a packet was \(milliseconds(pause))."
        return (isRight, text)
    }
}
