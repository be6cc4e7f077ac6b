/// A key of a telephone: `0` to `9`, `*`, `#`, or `A` to `D`.
package struct TelephoneKey: Hashable, Sendable, CustomStringConvertible {
    package let character: Character

    package static let star = TelephoneKey(known: "*")
    package static let hash = TelephoneKey(known: "#")

    /// Nil for anything that no telephone has.
    package init?(_ character: Character) {
        guard "0123456789*#ABCD".contains(character) else { return nil }
        self.character = character
    }

    private init(known character: Character) {
        self.character = character
    }

    package var isDigit: Bool { "0123456789".contains(character) }

    package var description: String { String(character) }

    /// The mode that the key chooses where `d` lets keys choose modes (`app_chanspy.c`; `reference/chanspy.md` a3).
    package var mode: MonitoringMode? {
        switch character {
        case "4": .listen
        case "5": .whisper
        case "6": .barge
        default: nil
        }
    }
}
