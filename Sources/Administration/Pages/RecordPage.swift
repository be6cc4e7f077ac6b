import Directory
import Hummingbird
import Monitoring

/// `/record`: who heard whom, and who gave the right.
extension Site {
    func recordPage(_ request: PageRequest) async throws -> Response {
        let texts = request.texts
        var query = query(request)
        let lines = try await record.lines(query)
        let filter = ["supervisor", "target", "event", "result", "from", "until"].map { name in
            (name, request.form.text(name) ?? "")
        }
        let fields = filter.filter { !$0.1.isEmpty }.map { "\($0.0)=\($0.1.percentEncoded)" }.joined(separator: "&")
        query.before = lines.last?.sequence
        var values: [String: Any] = Dictionary(uniqueKeysWithValues: filter.map { ($0.0, $0.1 as Any) })
        values["title"] = texts("nav_record")
        values["isEmpty"] = lines.isEmpty
        values["lines"] = lines.map { line($0, texts) }
        values["events"] = Self.events.map { event in
            ["value": event, "name": texts("event_\(event)"), "isChosen": event == request.form["event"]]
                as [String: Any]
        }
        values["file"] = "/record.csv?" + fields
        if lines.count == query.limit, let last = lines.last {
            values["older"] = "/record?" + fields + "&before=\(last.sequence)"
        }
        return page("record", values, for: request)
    }

    func recordFile(_ request: PageRequest) async throws -> Response {
        var query = query(request)
        query.limit = 1000
        var headers = HTTPFields.ofPages
        headers[.contentType] = "text/csv; charset=utf-8"
        headers[.contentDisposition] = "attachment; filename=\"earshot-record.csv\""
        let first = query
        let body = ResponseBody { writer in
            try await writer.write(ByteBuffer(string: record.csvHeadings))
            var query = first
            repeat {
                let piece = try await record.csv(query)
                try await writer.write(ByteBuffer(string: piece.text))
                query.before = piece.last
            } while query.before != nil
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    private func query(_ request: PageRequest) -> RecordViewQuery {
        var query = RecordViewQuery()
        query.supervisor = request.form.text("supervisor")
        query.target = request.form.text("target")
        query.event = request.form.text("event")
        query.result = request.form.text("result")
        query.from = request.form.text("from").flatMap(Moment.beginning(of:))
        query.until = request.form.text("until").flatMap(Moment.beginning(of:)).map { $0 + Moment.day }
        query.before = request.form.text("before").flatMap { Int($0) }
        return query
    }

    /// The words of the events that can be looked for.
    static var events: [String] {
        [
            "refused", "session_started", "mode_changed", "target_changed", "partner_changed", "rights_lowered",
            "key_refused", "waiting", "recording_started", "session_ended", "session_end_requested", "user_added",
            "user_changed", "user_removed", "account_added", "account_changed", "account_removed", "signed_in",
            "sign_in_refused", "signed_out", "service_started", "service_stopped", "entries_removed", "entries_lost",
        ]
    }

    func line(_ line: RecordViewLine, _ texts: Catalogue) -> [String: Any] {
        let shown: Set<String> = ["supervisor", "target", "mode", "result", "subject"]
        let more = line.fields.filter { !shown.contains($0.key) && !$0.value.isEmpty }.sorted { $0.key < $1.key }
        let result = line.fields["result"] ?? ""
        return [
            "sequence": "\(line.sequence)", "time": Moment.text(line.time, texts.language),
            "event": texts("event_\(line.event)"), "subject": line.fields["subject"] ?? "",
            "supervisor": line.fields["supervisor"] ?? "", "target": line.fields["target"] ?? "",
            "mode": line.fields["mode"].map { texts("permission_\($0)") } ?? "",
            "result": result.isEmpty ? "" : texts("result_\(result)"),
            "more": more.map { ["name": texts("record_\($0.key)"), "value": $0.value] },
        ]
    }
}
