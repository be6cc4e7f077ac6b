import LabSupport

/// What was missing at the ears of supervisors and of those whom they monitor, and what is wrong with it.
struct Ears {
    /// Says what is missing at an ear, when it is more than may be.
    typealias Limit = @Sendable (EarReport) -> String?

    /// A hundredth of a stretch may be missing where all went well.
    static let hundredth: Limit = { report in
        guard report.dropped > report.duration / 100 else { return nil }
        return "\(milliseconds(report.dropped)) of \(milliseconds(report.duration)) were missing"
    }

    private let limit: Limit
    private(set) var supervisors = EarTotals()
    private(set) var parties = EarTotals()
    /// A line for each ear that missed too much, or heard whom it should not, and for each session that ended.
    private(set) var faults: [String] = []
    /// Supervisors who heard both parties all the time, and never themselves.
    private(set) var workingSessions = 0

    init(_ limit: @escaping Limit) {
        self.limit = limit
    }

    mutating func add(supervisor report: EarReport, _ name: String, isTalking: Bool) {
        let before = faults.count
        supervisors.add(report)
        if !isTalking { faults.append("\(name): the call ended") }
        addFaults(report, name)
        if faults.count == before { workingSessions += 1 }
    }

    mutating func add(party report: EarReport, _ name: String) {
        parties.add(report)
        addFaults(report, name)
    }

    private mutating func addFaults(_ report: EarReport, _ name: String) {
        if let fault = limit(report) { faults.append("\(name): \(fault)") }
        for tone in report.intruders { faults.append("\(name): heard \(tone), and should not") }
    }
}

/// What was missing at several ears, each for a while.
struct EarTotals {
    private(set) var count = 0
    private(set) var time = Duration.zero
    private(set) var dropped = Duration.zero
    private(set) var worst = Duration.zero
    private(set) var longestGap = Duration.zero
    private var notReceived = Duration.zero
    private var withoutVoice = Duration.zero
    private var silent = Duration.zero
    private var passedOver = Duration.zero
    private var timestampGaps = Duration.zero
    private var lost = 0

    mutating func add(_ report: EarReport) {
        count += 1
        time += report.duration
        dropped += report.dropped
        worst = max(worst, report.dropped)
        longestGap = max(longestGap, report.longestGap)
        notReceived += report.notReceived
        withoutVoice += report.withoutVoice
        silent += report.silent
        passedOver += report.passedOver
        timestampGaps += report.timestampGaps
        lost += report.lost
    }

    /// In milliseconds for each minute that an ear listened.
    var droppedPerMinute: Double {
        time > .zero ? (dropped / .milliseconds(1)) / (time / .seconds(60)) : 0
    }

    var text: String {
        let parts = [
            "not received \(milliseconds(notReceived))", "without the voice \(milliseconds(withoutVoice))",
            "of it silent \(milliseconds(silent))", "passed over \(milliseconds(passedOver))",
            "in time stamps \(milliseconds(timestampGaps))",
        ]
        let sums = [
            "dropped \(milliseconds(dropped)) at \(count) ears (\(tenths(droppedPerMinute)) a minute and ear)",
            "worst ear \(milliseconds(worst))", "longest gap \(milliseconds(longestGap))",
        ]
        // On loopback only a phone that was too late loses a packet.
        let own = lost == 0 ? "" : "; THE PHONES LOST \(lost) PACKETS: this machine is too busy to measure on"
        return "\(sums.joined(separator: ", ")) (\(parts.joined(separator: ", ")))\(own)"
    }
}
