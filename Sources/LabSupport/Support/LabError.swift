/// What went wrong in the lab, in words for whoever reads a failed test.
package struct LabError: Error, Sendable, CustomStringConvertible {
    /// The whole story in one text: what was attempted, what happened, and what to do where that is known.
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
