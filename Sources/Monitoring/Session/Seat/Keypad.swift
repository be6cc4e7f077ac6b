/// The keys that the supervisor has pressed and that have had no effect yet: what a key has begun is over before the next one
/// has its turn.
struct Keypad: Hashable, Sendable {
    /// How many keys wait at most, beside those that were put back: more than anybody presses before the first one has its turn.
    static let mostPresses = 100
    /// One more digit than an extension can have is enough to refuse it.
    private static let mostTyped = 33

    /// In the order in which they were pressed.
    private var presses: [KeyPress] = []
    /// The digits that were pressed before a `#`.
    private(set) var typed = ""

    /// Keeps a key until its turn. With one too many all that wait are forgotten, but for the lowest mode among them, if it is
    /// below the present one: the supervisor is not to be heard by more than they believe.
    ///
    /// - Parameter mode: which the supervisor is in, or will be at first.
    /// - Returns: how many keys were forgotten.
    mutating func press(_ press: KeyPress, in mode: MonitoringMode) -> Int {
        presses.append(press)
        guard presses.count > Self.mostPresses else { return 0 }
        let count = presses.count
        let lowest = presses.compactMap(\.key.mode).min() ?? mode
        presses = lowest < mode ? Array(presses.filter { $0.key.mode == lowest }.prefix(1)) : []
        // What is left of an extension is another one: whatever is typed until the next `#` is refused.
        typed = String(repeating: "0", count: Self.mostTyped)
        return count - presses.count
    }

    /// Takes the key whose turn it is.
    mutating func next() -> KeyPress? { presses.isEmpty ? nil : presses.removeFirst() }

    /// Keys whose effect was cut short: they come before all others.
    mutating func putBack(_ pressed: [KeyPress]) { presses.insert(contentsOf: pressed, at: 0) }

    /// Forgets the key whose turn it is, if it is this one.
    mutating func forgetFirst(_ key: TelephoneKey) {
        if presses.first?.key == key { presses.removeFirst() }
    }

    /// Forgets the keys that would let the supervisor be heard by more: they were pressed for the call that they were in.
    mutating func forgetKeysThatRaise(_ permit: Permit) {
        let pressed = presses
        presses = []
        for press in pressed where !isRaising(press.key, permit) { presses.append(press) }
    }

    /// Whether more people would hear the supervisor by this key, after those that wait.
    func isRaising(_ key: TelephoneKey, _ permit: Permit) -> Bool {
        guard permit.settings.params.switchesModeByKey, let chosen = key.mode else { return false }
        let mode = presses.last { $0.key.mode != nil }?.key.mode ?? permit.mode
        return chosen > mode
    }

    // MARK: - Extensions

    mutating func type(_ key: TelephoneKey) {
        if key.isDigit, typed.count < Self.mostTyped { typed += key.description }
    }

    mutating func clearTyped() { typed = "" }
}

/// A key, and when it was pressed, since the start of the service.
struct KeyPress: Hashable, Sendable {
    let key: TelephoneKey
    let time: Duration
}
