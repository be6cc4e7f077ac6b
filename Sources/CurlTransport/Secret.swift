/// A text that must not be seen: a password. Whatever prints it, by interpolation, `dump` or a debugger's summary,
/// shows `<redacted>`; only `reveal()` gives it out.
package struct Secret: Sendable, Hashable {
    private let value: String

    /// Wraps `value`.
    package init(_ value: String) {
        self.value = value
    }

    /// The text itself. Do not log what this returns, nor put it into an error.
    package func reveal() -> String { value }

    /// Whether there is nothing to hide.
    package var isEmpty: Bool { value.isEmpty }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
