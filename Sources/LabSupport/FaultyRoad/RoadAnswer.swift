/// What a road answers in Asterisk's place.
enum RoadAnswer {
    /// An answer of this status, as Asterisk's REST interface gives it to a request for `path`.
    static func bytes(status: Int, path: String) -> [UInt8] {
        // Of a 503 the web server takes care, before the interface is asked (`main/http.c`).
        let isPage = status == 503
        let text = words(status, path)
        let body = isPage ? "<html><body>\(text)</body></html>" : "{\"message\":\"\(text)\"}"
        let head = [
            "HTTP/1.1 \(status) \(reasons[status] ?? "Reason")", "Server: Asterisk",
            "Content-type: \(isPage ? "text/html" : "application/json")", "Content-Length: \(body.utf8.count)", "", "",
        ]
        return Array((head.joined(separator: "\r\n") + body).utf8)
    }

    private static let reasons = [
        404: "Not Found", 409: "Conflict", 422: "Unprocessable Entity", 500: "Internal Server Error",
        503: "Service Unavailable",
    ]

    /// Asterisk's own words where they decide what a status means (`res/ari/resource_*.c`).
    private static func words(_ status: Int, _ path: String) -> String {
        let kind = path.split(separator: "/").first.map(String.init) ?? ""
        switch (status, kind) {
        case (404, "channels"): return "Channel not found"
        case (404, "bridges"): return "Bridge not found"
        case (404, "playbacks"): return "Playback not found"
        case (409, "channels"), (422, "bridges"): return "Channel not in Stasis application"
        default: return reasons[status] ?? "Reason"
        }
    }
}
