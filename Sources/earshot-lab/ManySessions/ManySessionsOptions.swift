import ArgumentParser
import LabSupport

/// What measurements with many sessions have in common.
struct ManySessionsOptions: ParsableArguments {
    @Option(help: "How many calls there are, 1 to 60. Sessions are spread over them, at most three for each.")
    var calls = 20

    @Option(help: "Look for tones in one packet of so many; gaps and silence are looked for in all.")
    var tonesEvery = 1

    func validate() throws {
        guard (1...SeatPlan.most).contains(calls) else {
            throw ValidationError("--calls must be from 1 to \(SeatPlan.most).")
        }
        guard tonesEvery > 0 else { throw ValidationError("--tones-every must be at least 1.") }
    }

    /// - Throws: ValidationError when the calls have no place for so many sessions.
    func check(sessions: Int) throws {
        let most = min(SeatPlan.most, calls * SeatPlan.supervisorsPerCall)
        guard (1...most).contains(sessions) else {
            throw ValidationError("--sessions must be from 1 to \(most) with --calls \(calls).")
        }
    }

    func plan(_ sessions: Int, _ modes: [MonitoredMode]) -> SeatPlan {
        SeatPlan(calls: calls, sessions: sessions, modes: modes, tonesEvery: tonesEvery)
    }
}

/// Several values in one argument, such as `10,20`.
///
/// - Throws: ValidationError that names the first one that is none.
func several<Value>(_ text: String, _ option: String, _ read: (String) -> Value?) throws -> [Value] {
    let words = text.split(separator: ",")
    guard !words.isEmpty else { throw ValidationError("\(option) needs a value.") }
    return try words.map { word in
        guard let value = read(String(word)) else { throw ValidationError("\(option): there is no \(word).") }
        return value
    }
}
