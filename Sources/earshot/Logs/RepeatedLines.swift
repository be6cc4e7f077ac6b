import Locking
import Logging

/// Lines about the same thing are counted instead of repeated: the first one is written at once, and for those that follow at most
/// one in a minute, which says for how many it stands (`repeated`).
///
/// Which lines are counted, and what each of them is about, is in ``subjects``. All others are always written.
final class RepeatedLines: Sendable {
    static let period: Duration = .seconds(60)
    /// How many things are remembered. While there are so many, lines about a further one are all written.
    static let mostSubjects = 1000

    /// What a line is about: lines with the same subject are told as one.
    private struct Subject: Hashable, Sendable {
        let level: Logger.Level
        let message: String
        let values: [String?]

        /// Nil for a line that is always written.
        init?(_ event: LogEvent) {
            // What is a warning in one case may be worth a line for debugging in another one.
            guard event.level >= .notice else { return nil }
            message = event.message.description
            guard let keys = RepeatedLines.subjects[message] else { return nil }
            level = event.level
            values = keys.map { event.metadata?[$0]?.description }
        }
    }

    /// Lines that have not been written: the newest, and how many.
    private struct Held: Sendable {
        let event: LogEvent
        let handler: LineLogHandler
        let count: Int
    }

    private struct Written: Sendable {
        let time: Duration
        var held: Held?

        func isOver(at now: Duration) -> Bool { now - time >= RepeatedLines.period }
    }

    private let written = LockedBox<[Subject: Written]>([:])
    private let now: @Sendable () -> Duration

    /// - Parameter now: the time since some moment; never goes back.
    init(now: @escaping @Sendable () -> Duration) { self.now = now }

    /// Writes a line, or holds it back and counts it.
    func log(_ event: LogEvent, by handler: LineLogHandler) {
        guard let subject = Subject(event) else { return handler.writeLine(event) }
        let time = now()
        let count = written.withLock { written -> Int? in
            let before = written[subject]
            let count = (before?.held?.count ?? 0) + 1
            if let before, !before.isOver(at: time) {
                written[subject]?.held = Held(event: event, handler: handler, count: count)
                return nil
            }
            if before != nil || Self.hasRoom(&written, time) { written[subject] = Written(time: time) }
            return count
        }
        if let count { handler.writeLine(event, standingFor: count) }
    }

    private static func hasRoom(_ written: inout [Subject: Written], _ time: Duration) -> Bool {
        if written.count >= mostSubjects {
            written = written.filter { $0.value.held != nil || !$0.value.isOver(at: time) }
        }
        return written.count < mostSubjects
    }

    /// Writes what has been held back for a minute, and forgets what did not come again in that time.
    func writeDue() {
        let time = now()
        let due = written.withLock { written -> [Held] in
            let over = written.filter { $0.value.isOver(at: time) }
            for (subject, one) in over { written[subject] = one.held == nil ? nil : Written(time: time) }
            return over.values.compactMap(\.held)
        }
        write(due)
    }

    /// Writes all that is held back: the process ends.
    func flush() {
        let all = written.withLock { written -> [Held] in
            defer { written = [:] }
            return written.values.compactMap(\.held)
        }
        write(all)
    }

    private func write(_ lines: [Held]) {
        for line in lines { line.handler.writeLine(line.event, standingFor: line.count) }
    }
}

extension RepeatedLines {
    /// The messages that are counted, each with the keys that say what a line is about.
    ///
    /// What is told of one session, of one thing that is left over, or of one attempt to sign in does not stand here: each of these
    /// lines may be the only trace of it.
    static let subjects: [String: [String]] = [
        // A supervisor who dials, or presses keys, again and again.
        "supervisor refused": ["supervisor.ext", "permission.reason"],
        "key refused": ["supervisor.ext", "permission.reason"],
        "keys were forgotten": ["supervisor.ext"],
        "call passed over": ["supervisor.ext", "permission.reason"],
        "user's setting is not as it should be": ["supervisor.ext", "setting"],
        "prompt is missing in Asterisk": ["prompt"],
        // Asterisk does not answer, or not in a way that is understood.
        "request to Asterisk failed": ["command", "error.code"],
        "event cannot be read": ["ari.event"],
        "cannot compare with Asterisk what is left over": [],
        "a waiting channel cannot be looked at": ["channel.id"],
        "page cannot ask Asterisk": [],
        // The file cannot be read or written.
        "record cannot be written": ["error"],
        "directory cannot be read": ["error"],
        "page cannot read or write": ["error"],
        // The page's server, when no descriptors are left.
        "Server channel error": ["error"],
        // Earshot itself.
        "facts are lost": ["subscriber"],
        "page failed": ["path", "template"],
        "service manager cannot be told": [],
        "libcurl failed, everything is ended": [],
        "libcurl does not give a handle back": [],
        "connection limit not set": [],
    ]
}
