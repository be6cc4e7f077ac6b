import Directory
import Hummingbird
import Monitoring
import MonitoringRecord

/// `/record`: who heard whom, and who gave the right.
extension Site {
    static var entriesOnPage: Int { 50 }

    func recordPage(_ request: PageRequest) async throws -> Response {
        let texts = request.texts
        let query = query(request)
        let entries = try await record.entries(query)
        let filter = ["supervisor", "heard", "event", "result", "from", "until"].map { name in
            (name, request.form.text(name) ?? "")
        }
        let fields = filter.filter { !$0.1.isEmpty }.map { "\($0.0)=\($0.1.percentEncoded)" }.joined(separator: "&")
        var values: [String: Any] = Dictionary(uniqueKeysWithValues: filter.map { ($0.0, $0.1 as Any) })
        values["title"] = texts("nav_record")
        values["isEmpty"] = entries.isEmpty
        values["lines"] = entries.map { line($0, texts) }
        values["events"] = RecordEvent.allCases.map(\.rawValue).map { event in
            ["value": event, "name": texts("event_\(event)"), "isChosen": event == request.form["event"]]
                as [String: Any]
        }
        values["results"] = Self.results.map { result in
            ["value": result, "name": texts("result_\(result)"), "isChosen": result == request.form["result"]]
                as [String: Any]
        }
        values["file"] = "/record.csv?" + fields
        if entries.count == query.limit, let last = entries.last {
            values["older"] = "/record?" + fields + "&before=\(last.sequence)"
        }
        return page("record", values, for: request)
    }

    func recordFile(_ request: PageRequest) async throws -> Response {
        let query = query(request)
        var headers = HTTPFields.ofPages
        headers[.contentType] = "text/csv; charset=utf-8"
        headers[.contentDisposition] = "attachment; filename=\"earshot-record.csv\""
        let body = ResponseBody { writer in
            for try await text in record.export(query) { try await writer.write(ByteBuffer(string: text)) }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    private func query(_ request: PageRequest) -> RecordQuery {
        var query = RecordQuery(limit: Self.entriesOnPage)
        query.supervisor = request.form.text("supervisor")
        query.heard = request.form.text("heard")
        // There is no entry of an event that there is not.
        query.events = request.form.text("event").map { word in Set(RecordEvent(rawValue: word).map { [$0] } ?? []) }
        query.result = request.form.text("result")
        query.from = request.form.text("from").flatMap(Moment.beginning(of:))
        query.until = request.form.text("until").flatMap(Moment.end(of:))
        query.before = request.form.text("before").flatMap { Int($0) }
        return query
    }

    func line(_ entry: RecordEntry, _ texts: Catalogue) -> [String: Any] {
        let shown: Set<RecordField> = [.supervisor, .target, .mode, .result, .subject]
        let more = RecordField.allCases.filter { !shown.contains($0) && entry.fields[$0] != nil }
        return [
            "sequence": "\(entry.sequence)", "time": Moment.text(entry.time, texts.language),
            "event": texts("event_\(entry.event.rawValue)"), "subject": entry.fields[.subject] ?? "",
            "supervisor": entry.fields[.supervisor] ?? "", "target": entry.fields[.target] ?? "",
            "mode": entry.fields[.mode].map { texts("permission_\($0)") } ?? "",
            "result": entry.fields[.result].map { texts("result_\($0)") } ?? "",
            "more": more.map { ["name": texts("record_\($0.rawValue)"), "value": text($0, entry)] },
        ]
    }

    private func text(_ field: RecordField, _ entry: RecordEntry) -> String {
        let text = entry.fields[field] ?? ""
        return field == .duration ? Int(text).map(Moment.minutes) ?? text : text
    }

    /// How sessions end and why they are refused.
    static var results: [String] {
        Set(Refusal.allCases.map(\.word) + SessionEnd.words).sorted()
    }
}
