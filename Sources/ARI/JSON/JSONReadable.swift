/// What Asterisk describes in JSON.
protocol JSONReadable {
    /// - Throws: `JSONProblem`: a field is missing, or is something else than described.
    init(json: JSONNode) throws(JSONProblem)
}

extension String: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) { self = try json.string() }
}

extension Int: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) { self = try json.integer() }
}

extension Bool: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) { self = try json.boolean() }
}

extension Array: JSONReadable where Element: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) { self = try json.elements() }
}

extension Dictionary: JSONReadable where Key == String, Value: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) { self = try json.members() }
}

extension JSONReadable where Self: RawRepresentable<String> {
    init(json: JSONNode) throws(JSONProblem) {
        guard let value = Self(rawValue: try json.string()) else { throw JSONProblem(.invalid) }
        self = value
    }
}
