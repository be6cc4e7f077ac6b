/// What is wrong with JSON from Asterisk, in words that name the field.
struct JSONProblem: Error, Hashable, CustomStringConvertible {
    enum Kind: Hashable {
        /// The text is not JSON.
        case noJSON
        /// An object has no member of this name.
        case missing
        /// The field is null.
        case null
        /// The field is something else than this, in words.
        case not(String)
        /// The field is of the right kind, but its value cannot be: a string that is not UTF-8, a number that is too large.
        case invalid
    }

    /// One step on the way to the field.
    enum Step: Hashable, CustomStringConvertible {
        case member(String)
        case element(Int)

        var description: String {
            switch self {
            case .member(let name): ".\(name)"
            case .element(let index): "[\(index)]"
            }
        }
    }

    private let kind: Kind
    private var path: [Step]

    init(_ kind: Kind) {
        self.kind = kind
        path = []
    }

    init(_ kind: Kind, at step: Step) {
        self.kind = kind
        path = [step]
    }

    /// The same problem, seen from what the field stands in.
    func inside(_ step: Step) -> JSONProblem {
        var problem = self
        problem.path.insert(step, at: 0)
        return problem
    }

    var description: String {
        switch kind {
        case .noJSON: "the text is not JSON"
        case .missing: "field \(place) is missing"
        case .null: "field \(place) is null"
        case .not(let wanted): "field \(place) is not \(wanted)"
        case .invalid: "field \(place) is not valid"
        }
    }

    private var place: String {
        let text = path.map(\.description).joined()
        return text.hasPrefix(".") ? String(text.dropFirst()) : text.isEmpty ? "at the top" : text
    }
}
