/// The keys that the supervisor has pressed and that have had no effect yet: what a key has begun is over before the next one
/// has its turn.
struct Keypad: Hashable, Sendable {
    /// In the order in which they were pressed.
    private var keys: [TelephoneKey] = []
    /// The digits that were pressed before a `#`.
    private(set) var typed = ""

    mutating func press(_ key: TelephoneKey) { keys.append(key) }

    /// Takes the key whose turn it is.
    mutating func next() -> TelephoneKey? { keys.isEmpty ? nil : keys.removeFirst() }

    /// Keys whose effect was cut short: they come before all others.
    mutating func putBack(_ pressed: [TelephoneKey]) { keys.insert(contentsOf: pressed, at: 0) }

    /// Forgets the key whose turn it is, if it is this one.
    mutating func forgetFirst(_ key: TelephoneKey) {
        if keys.first == key { keys.removeFirst() }
    }

    /// Forgets the keys that would let the supervisor be heard by more: they were pressed for the call that they were in.
    mutating func forgetKeysThatRaise(_ permit: Permit) {
        let pressed = keys
        keys = []
        for key in pressed where !isRaising(key, permit) { keys.append(key) }
    }

    /// Whether more people would hear the supervisor by this key, after those that wait.
    func isRaising(_ key: TelephoneKey, _ permit: Permit) -> Bool {
        guard permit.settings.params.switchesModeByKey, let chosen = key.mode else { return false }
        let mode = keys.last { $0.mode != nil }?.mode ?? permit.mode
        return chosen > mode
    }

    // MARK: - Extensions

    mutating func type(_ key: TelephoneKey) {
        // One more than an extension can have is enough to refuse it.
        if key.isDigit, typed.count <= 32 { typed += key.description }
    }

    mutating func clearTyped() { typed = "" }
}
