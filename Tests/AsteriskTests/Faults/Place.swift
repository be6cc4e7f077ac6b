import LabSupport
import Testing

/// A request of a session: which one of its kind it is, counted from zero.
struct Place: Sendable, CustomStringConvertible {
    let pattern: RequestPattern
    let occurrence: Int

    var description: String { occurrence == 0 ? "\(pattern)" : "\(pattern) (\(occurrence + 1))" }

    /// The places of requests that a session without faults has made.
    static func places(of requests: [RoadRequest]) -> [Place] {
        var counts: [RequestPattern: Int] = [:]
        var places: [Place] = []
        for pattern in requests.map(\.pattern) where !isOfTheService(pattern) {
            let count = counts[pattern, default: 0]
            counts[pattern] = count + 1
            places.append(Place(pattern: pattern, occurrence: count))
        }
        return places
    }

    /// Earshot asks it whether or not there are sessions: by it a connection proves itself, is compared with
    /// what there is, or learns the release.
    private static func isOfTheService(_ pattern: RequestPattern) -> Bool {
        pattern.path.hasPrefix("/events")
            || pattern.method == "GET"
                && (["/bridges", "/asterisk/info"].contains(pattern.path) || pattern.path.hasPrefix("/applications/"))
    }
}

extension Cast {
    /// The requests of one session without faults, in the order in which they came.
    struct Course: Sendable {
        /// Until the supervisor is in the call, and what follows at once.
        let start: [Place]
        /// From then on, until nothing is left.
        let end: [Place]
    }

    /// Lets a supervisor into the call and out of it, without a fault. An Earshot must be running.
    func course(_ mode: Mode = .listen, letters: String = "qESsb") async throws -> Course {
        let first = road.requestCount
        let trial = try await Trial.prepare(mode, "no fault", letters: letters, with: self)
        try await trial.dial()
        let standing = try await trial.settle()
        _ = try await supervisor.listen(for: .milliseconds(500))
        let second = road.requestCount
        try await trial.conclude(standing, .worked)
        let start = Place.places(of: Array(road.requests(from: first).prefix(second - first)))
        let course = Course(start: start, end: Place.places(of: road.requests(from: second)))
        try #require(course.start.count >= 8, "a session makes more requests: \(course.start)")
        return course
    }

    /// Lets a fault into the request of a place, as seen from now on.
    func inject(_ fault: Fault, at place: Place, times: Int = 1) {
        road.inject(fault, into: place.pattern, after: place.occurrence, times: times)
    }
}
