/// A line of the dialplan: where a channel can be sent to.
package struct DialplanPlace: Sendable, Hashable, CustomStringConvertible {
    /// The context.
    package var context: String
    /// The extension in that context.
    package var exten: String
    /// The line of that extension, from 1.
    package var priority: Int

    package init(context: String, exten: String, priority: Int = 1) {
        self.context = context
        self.exten = exten
        self.priority = priority
    }

    /// The text that the dialplan's own functions use, such as `lab,101,1`.
    package var description: String { "\(context),\(exten),\(priority)" }
}
