/// A mode of a monitoring session, as a supervisor chooses it.
package enum MonitoredMode: String, CaseIterable, Sendable {
    case listen
    case whisper
    case barge

    /// The key that switches to it, with `d` in SPY_PARAMS.
    package var key: Character {
        switch self {
        case .listen: "4"
        case .whisper: "5"
        case .barge: "6"
        }
    }
}

/// An order of mode switches in which the six that change something come equally often.
package enum ModeWalk {
    /// The six of each round, in a random order that can be walked, from `start` back to `start`.
    package static let switchesPerRound = 6

    /// The modes to switch to, one after the other.
    ///
    /// - Parameter count: how many; each switch occurs `count / 6` times, some of them once more.
    package static func modes(
        count: Int,
        from start: MonitoredMode,
        using generator: inout some RandomNumberGenerator
    ) -> [MonitoredMode] {
        var modes: [MonitoredMode] = []
        while modes.count < count {
            modes += round(from: start, using: &generator)
        }
        return Array(modes.prefix(count))
    }

    /// Drawn anew until every switch occurs: one draw in ten or so does.
    private static func round(
        from start: MonitoredMode,
        using generator: inout some RandomNumberGenerator
    ) -> [MonitoredMode] {
        while true {
            var current = start
            var made: Set<[MonitoredMode]> = []
            var modes: [MonitoredMode] = []
            while modes.count < switchesPerRound {
                guard
                    let next = MonitoredMode.allCases.filter({ $0 != current && !made.contains([current, $0]) })
                        .randomElement(using: &generator)
                else { break }
                made.insert([current, next])
                modes.append(next)
                current = next
            }
            if modes.count == switchesPerRound { return modes }
        }
    }
}
