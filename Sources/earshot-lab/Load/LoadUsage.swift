import ARITestSupport
import LabSupport

/// What Earshot took of the machine in a run.
struct LoadUsage: Sendable {
    /// The most that it took at any moment at which it was looked at.
    struct Top: Sendable {
        private(set) var memory = 0
        private(set) var openFiles = 0

        mutating func include(_ usage: ProcessUsage) {
            memory = max(memory, usage.memory)
            openFiles = max(openFiles, usage.openFiles)
        }

        func including(_ other: Top) -> Top {
            Top(memory: max(memory, other.memory), openFiles: max(openFiles, other.openFiles))
        }
    }

    /// How much of a processor while nobody called, connected to an Asterisk without events: 1 is all of it.
    let idle: Double
    /// After the warm-up.
    let before: ProcessUsage
    /// After the sessions, before the events.
    let between: ProcessUsage
    /// At the end.
    let after: ProcessUsage
    let top: Top

    /// The processor's time for one of so many sessions without other events, in milliseconds.
    func processorTime(ofEach count: Int) -> Double { time(\.processorTime, ofEach: count) }

    /// How much of it is in the kernel, in milliseconds.
    func kernelTime(ofEach count: Int) -> Double { time(\.kernelTime, ofEach: count) }

    private func time(_ time: KeyPath<ProcessUsage, Duration>, ofEach count: Int) -> Double {
        (between[keyPath: time] - before[keyPath: time]) / .milliseconds(1) / Double(max(1, count))
    }
}

/// What is still in the small Asterisk when everybody has hung up.
struct LoadRemains: Sendable {
    let channels: Int
    let snoops: Int
    let bridges: Int
    let playbacks: Int
    /// Among these and the subscriptions, what was made over ARI.
    let leftovers: [String]
    /// Requests that no correct client makes.
    let violations: [String]

    init(_ world: AsteriskWorld) {
        channels = world.livingLegs.count
        snoops = world.snoops.count
        bridges = world.allBridges.count
        playbacks = world.currentPlaybacks.count
        leftovers = world.leftovers
        violations = world.violations.map(\.description)
    }

    var faults: [String] {
        var faults: [String] = []
        if channels + bridges + playbacks > 0 || !leftovers.isEmpty {
            faults.append("left over: \(counts) \(leftovers.prefix(3).joined(separator: ", "))")
        }
        if !violations.isEmpty {
            faults.append("\(violations.count) requests without sense: \(violations.prefix(3).joined(separator: "; "))")
        }
        return faults
    }

    var counts: String { "channels \(channels), snoops \(snoops), bridges \(bridges), playbacks \(playbacks)" }
}
