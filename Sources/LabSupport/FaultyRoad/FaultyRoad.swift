import Foundation

/// A road of our own on loopback, between Earshot and Asterisk, on which things go wrong as a test wants it.
///
/// ```swift
/// let road = try FaultyRoad(to: lab)
/// defer { road.stop() }
/// road.inject(.delayAnswer(.seconds(1)), into: RequestPattern(method: "POST", path: "/channels/*/snoop/*"))
/// try await Bench.run(url: road.url) { … }
/// ```
///
/// Without a fault everything goes through as it is. The road counts the requests, of which each is one of a kind (``RequestPattern``).
package final class FaultyRoad: Sendable {
    /// Asterisk's REST interface over this road, in the place of the lab's own address.
    package let url: String
    private let thread: RoadThread

    /// - Throws: ``LabError`` when the system has no ports or descriptors left.
    package convenience init(to lab: Lab) throws {
        guard let parts = URLComponents(string: lab.ari.url), let port = parts.port.flatMap(UInt16.init(exactly:))
        else { throw LabError("\(lab.ari.url) is no address of a REST interface") }
        try self.init(toPort: port, path: parts.percentEncodedPath)
    }

    /// - Parameter path: the interface's own path, which is left out of the requests' paths.
    package init(toPort port: UInt16, path: String) throws {
        thread = try RoadThread(toPort: port, basePath: path)
        url = "http://127.0.0.1:\(thread.port)\(path)"
        thread.start()
    }

    deinit {
        thread.wish { $0.isStopped = true }
    }

    var port: UInt16 { thread.port }

    // MARK: - Requests

    /// Lets something go wrong with requests from now on.
    ///
    /// - Parameters:
    ///   - pattern: the kind of request; nil for every request, whosever it is.
    ///   - passed: how many of them are let through before.
    ///   - times: with how many it goes wrong then.
    package func inject(_ fault: Fault, into pattern: RequestPattern? = nil, after passed: Int = 0, times: Int = 1) {
        thread.add(RoadThread.Rule(fault: fault, pattern: pattern, passing: passed, times: times))
    }

    /// How many requests have come.
    package var requestCount: Int { thread.requestCount }

    /// The requests that have come, in order.
    ///
    /// - Parameter start: how many of them are left out.
    package func requests(from start: Int = 0) -> [RoadRequest] { thread.requests(from: start) }

    /// With how many requests something has gone wrong.
    package var faultCount: Int { thread.faultCount }

    // MARK: - The whole road

    /// Ends all connections. New ones come about.
    package func cut() { thread.change { $0.cuts += 1 } }

    /// Ends all connections, and refuses new ones until ``open()``.
    package func close() { thread.change { $0.isOpen = false } }

    /// Takes connections again.
    package func open() { thread.change { $0.isOpen = true } }

    /// Lets nothing through in either direction, and ends no connection: new ones come about too, and nobody answers. What is on its way
    /// goes on at ``thaw()``.
    package func freeze() { thread.change { $0.isFrozen = true } }

    /// Ends ``freeze()``.
    package func thaw() { thread.change { $0.isFrozen = false } }

    /// Holds back what comes over WebSockets: the first frame, and all that follow it, until this time is over; and again from the next one
    /// on.
    ///
    /// - Parameter time: nil to hold nothing back any more, also not what is held back now.
    package func holdEvents(for time: Duration?) { thread.change { $0.eventHold = time } }

    /// Forgets all faults, and lets everything through again.
    package func mend() {
        thread.removeRules()
        thread.change { wishes in
            wishes.isOpen = true
            wishes.isFrozen = false
            wishes.eventHold = nil
        }
    }

    /// Ends all connections and the road itself, and waits for that.
    package func stop() { thread.change { $0.isStopped = true } }
}
