/// A request that has come along a ``FaultyRoad``.
package struct RoadRequest: Hashable, Sendable {
    package let method: String
    /// Below the interface's own path, without the query: `/channels/17.1/answer`.
    package let path: String
    /// What follows the question mark; empty without one.
    package let query: String

    /// The requests of its kind, whatever they are about: what has a digit or an escape in it is a name.
    package var pattern: RequestPattern {
        let segments = RequestPattern.segments(path).map { segment in
            segment.contains(where: { $0.isNumber || $0 == "%" }) ? RequestPattern.anything : String(segment)
        }
        return RequestPattern(method: method, path: segments.joined(separator: "/"))
    }
}

/// Requests of one kind.
package struct RequestPattern: Hashable, Sendable, CustomStringConvertible {
    static let anything = "*"

    package let method: String
    /// As ``RoadRequest/path``, and `*` stands for any one segment: `/channels/*/answer`.
    package let path: String

    package init(method: String, path: String) {
        self.method = method
        self.path = path
    }

    package var description: String { "\(method) \(path)" }

    func matches(_ request: RoadRequest) -> Bool {
        guard request.method == method else { return false }
        let (mine, theirs) = (Self.segments(path), Self.segments(request.path))
        return mine.count == theirs.count && zip(mine, theirs).allSatisfy { $0 == Self.anything || $0 == $1 }
    }

    static func segments(_ path: String) -> [Substring] {
        path.split(separator: "/", omittingEmptySubsequences: false)
    }
}
