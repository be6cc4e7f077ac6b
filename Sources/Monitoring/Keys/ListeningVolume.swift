/// How loud the supervisor hears the call: ChanSpy's `v()` and its key `#`.
///
/// From -4 to 4, as Asterisk's `VOLUME` takes it: 2 to 4 multiply the samples, -2 to -4 divide them, and -1, 0 and 1
/// change nothing (`main/frame.c`, `ast_frame_adjust_volume`; `reference/chanspy.md` a2).
package struct ListeningVolume: Hashable, Sendable {
    package let level: Int

    package static let unchanged = ListeningVolume(known: 0)

    /// Nil beyond -4 to 4.
    package init?(_ level: Int) {
        guard Self.range.contains(level) else { return nil }
        self.level = level
    }

    private init(known level: Int) {
        self.level = level
    }

    /// As `VOLUME` takes it.
    package var text: String { String(level) }

    /// One step louder; after the loudest the quietest.
    package var next: ListeningVolume {
        ListeningVolume(known: level == Self.range.upperBound ? Self.range.lowerBound : level + 1)
    }

    private static let range = -4...4
}
