/// What a key asks for (`reference/chanspy.md` a2 and a3), unless it leads to an extension of the dialplan.
enum KeyAction: Hashable, Sendable {
    /// `x()`: the end of the session.
    case leave
    /// `c()`: the extension's next channel.
    case next
    case louder
    /// The calls of the extension that was typed.
    case goToTyped
    /// `d`.
    case choose(MonitoringMode)
    /// One more digit of an extension.
    case type
    case nothing

    init(_ key: TelephoneKey, _ params: SpyParams, hasTyped: Bool) {
        if key == params.exitKey {
            self = .leave
        } else if key == params.nextKey {
            self = .next
        } else if key == .hash {
            self = hasTyped ? .goToTyped : .louder
        } else if params.switchesModeByKey {
            // As in ChanSpy, the other digits do nothing then.
            self = key.mode.map { .choose($0) } ?? .nothing
        } else {
            self = key.isDigit ? .type : .nothing
        }
    }
}
