import LabSupport

/// What has become of the sessions of one stretch.
struct LoadTally: Sendable {
    /// How many supervisors have dialled.
    var tried = 0
    /// From the supervisor's arrival to their being in the call, in milliseconds, of everybody who was.
    var joinTimes: [Double] = []
    /// How many have ended when they should, with nothing left.
    var ended = 0
    /// How many supervisors were out of the call before anybody hung up.
    var lost = 0
    /// How many supervisors waited in vain.
    var unserved = 0
    /// How many sessions did not end in time, or left something.
    var unended = 0
    /// How many supervisors were sent away, by the word that the dialplan is told.
    var refusals: [String: Int] = [:]

    var refused: Int { refusals.values.reduce(0, +) }

    var times: Series { Series(joinTimes) }

    /// What should not have been, in words; empty if every session was served and has ended.
    func faults(_ stretch: String) -> [String] {
        let words = refusals.sorted { $0.key < $1.key }.map { "\($0.value) refused (\($0.key))" }
        let counts = [("lost", lost), ("not served", unserved), ("not ended", unended)]
        return (words + counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }).map { "\(stretch): \($0)" }
    }
}
