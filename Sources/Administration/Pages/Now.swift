import Directory
import Foundation
import Hummingbird
import Monitoring
import Mustache

/// `/now`: who is monitoring whom.
extension Site {
    func nowPage(_ request: PageRequest) async throws -> Response {
        var values = await nowValues(request)
        if request.form["ended"] != nil { values["done"] = request.texts("session_ending") }
        return page("now", values, for: request)
    }

    private func nowValues(_ request: PageRequest) async -> [String: Any] {
        let texts = request.texts
        let sessions = await live.sessions().sorted { ($0.since, $0.id.number) < ($1.since, $1.id.number) }
        return [
            "title": texts("nav_now"),
            "isEmpty": sessions.isEmpty,
            "mayEnd": request.visitor?.account.role == .administrator,
            "sessions": sessions.map { session in
                [
                    "id": session.id.description, "supervisor": session.supervisor,
                    "target": session.target?.digits ?? "",
                    "mode": session.mode.map { texts("permission_\($0.rawValue)") } ?? texts("waiting"),
                    "modeKey": session.mode?.rawValue ?? "none",
                    "since": Moment.text(session.since, request.texts.language),
                    "endLabel": texts("end_session", ["supervisor": session.supervisor]),
                ] as [String: Any]
            },
        ]
    }

    /// The longest time between two events. By them browsers that have gone are noticed, and proxies keep the connection.
    private static var longestSilence: Duration { .seconds(20) }

    /// The table of ``nowPage(_:)`` at each change, and now and then (server-sent events, HTML Living Standard 9.2).
    func nowEvents(_ request: PageRequest) async throws -> Response {
        let changes = await live.changes()
        var headers = HTTPFields.ofPages
        headers[.contentType] = "text/event-stream"
        let body = ResponseBody { [clock] writer in
            let (moments, moment) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await _ in changes { moment.yield() }
                    moment.finish()
                }
                group.addTask {
                    while (try? await clock.sleep(for: Self.longestSilence)) != nil { moment.yield() }
                }
                defer { group.cancelAll() }
                for await _ in moments {
                    // Whoever has been signed out sees no more; and a page that is only open is nobody at work.
                    guard let cookie = request.cookie,
                        let visitor = try await sessions.visitor(cookie, isAtWork: false),
                        Route.Access.auditors.allows(visitor.account.role)
                    else { break }
                    var values = await nowValues(request)
                    values["t"] = request.texts.texts
                    values["token"] = visitor.token
                    let table = templates.render(values, withTemplate: "now-table") ?? ""
                    let lines = table.split(whereSeparator: \.isNewline).map { "data: \($0)\n" }.joined()
                    try await writer.write(ByteBuffer(string: "\(lines)\n"))
                }
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    func endSession(_ request: PageRequest) async throws -> Response {
        guard let text = request.form.text("session"), let account = request.visitor?.account.name else {
            throw PageError.badRequest
        }
        // A session that has ended meanwhile is what was wanted.
        if let session = await live.sessions().first(where: { $0.id.description == text }) {
            _ = await live.end(session.id, by: account)
        }
        return redirect(to: "/now?ended=1")
    }
}

/// How moments are written on pages.
enum Moment {
    /// In the machine's time zone: `2026-11-26 09:31:20` in English, `26.11.2026 09:31:20` in Romanian.
    static func text(_ milliseconds: Int64, _ language: Language) -> String {
        let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
        let parts = Calendar(identifier: .gregorian)
            .dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        func digits(_ number: Int?) -> String { (number ?? 0) < 10 ? "0\(number ?? 0)" : "\(number ?? 0)" }
        let (year, month, day) = (digits(parts.year), digits(parts.month), digits(parts.day))
        let time = [parts.hour, parts.minute, parts.second].map(digits).joined(separator: ":")
        return switch language {
        case .english: "\(year)-\(month)-\(day) \(time)"
        case .romanian: "\(day).\(month).\(year) \(time)"
        }
    }

    /// The beginning of a day such as `2026-11-26`, in the machine's time zone.
    static func beginning(of day: String) -> Int64? {
        let parts = day.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3, (1970...9999).contains(parts[0]), (1...12).contains(parts[1]),
            (1...31).contains(parts[2])
        else { return nil }
        let components = DateComponents(year: parts[0], month: parts[1], day: parts[2])
        return Calendar(identifier: .gregorian).date(from: components).map { Int64($0.timeIntervalSince1970 * 1000) }
    }

    /// The end of that day: on the days when clocks are changed it is not 24 hours later.
    static func end(of day: String) -> Int64? {
        let calendar = Calendar(identifier: .gregorian)
        return beginning(of: day).map { Date(timeIntervalSince1970: Double($0) / 1000) }
            .flatMap { calendar.date(byAdding: .day, value: 1, to: $0) }
            .map { Int64($0.timeIntervalSince1970 * 1000) }
    }

    /// A duration in milliseconds, as minutes and seconds: `1:05`.
    static func minutes(_ milliseconds: Int) -> String {
        let seconds = milliseconds / 1000
        return "\(seconds / 60):" + (seconds % 60 < 10 ? "0" : "") + "\(seconds % 60)"
    }
}
