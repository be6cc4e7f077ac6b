package import ARI

extension AsteriskWorld {
    /// Answers one request as Asterisk does, and posts the events that it causes.
    package mutating func handle(_ request: ARIHTTPRequest) -> ARIHTTPResponse {
        guard let (operation, arguments) = Self.match(request) else {
            violate(
                request.operation,
                "\(request.method.rawValue) /\(request.path.joined(separator: "/")) does not exist"
            )
            return .refusal(404, "Resource not found")
        }
        if operation.name != request.operation {
            violate(request.operation, "is sent as \(operation.name)")
        }
        let call = RequestCall(operation: operation.name, arguments: arguments, query: request.query)
        return switch operation.resource {
        case "asterisk": handleAsterisk(call)
        case "applications": handleApplications(call)
        case "channels": handleChannels(call)
        case "bridges": handleBridges(call)
        case "endpoints": handleEndpoints(call)
        case "events": handleUserEvent(call)
        case "sounds": describeSound(call)
        default: handlePlaybacks(call)
        }
    }

    /// Every operation, with the parts of its path.
    private static let operations = ARIOperation.all.map { operation in
        (operation: operation, path: operation.path.split(separator: "/").map(String.init))
    }

    /// Finds the operation by method and path, like Asterisk; the request's own name for it is not believed.
    package static func match(_ request: ARIHTTPRequest) -> (ARIOperation, [String])? {
        for (operation, template) in operations where operation.method == request.method {
            guard template.count == request.path.count else { continue }
            var arguments: [String] = []
            let fits = zip(template, request.path).allSatisfy { part, segment in
                guard part.hasPrefix("{") else { return part == segment }
                arguments.append(segment)
                return !segment.isEmpty
            }
            if fits { return (operation, arguments) }
        }
        return nil
    }
}

/// A request whose operation is known.
struct RequestCall {
    /// Resource and nickname.
    var operation: String
    /// What stands in the path's braces.
    var arguments: [String]
    /// The query's parameters.
    var query: [(name: String, value: String)]

    /// The path's first argument; every operation that asks for it has one.
    var first: String { arguments.first ?? "" }
    /// The path's second argument.
    var second: String { arguments.dropFirst().first ?? "" }

    subscript(_ parameter: String) -> String? {
        query.first { $0.name == parameter }?.value
    }

    /// A parameter that lists several values.
    func list(_ parameter: String) -> [String] {
        (self[parameter] ?? "").split(separator: ",").map(String.init)
    }
}

extension ARIHTTPResponse {
    /// Asterisk's answer that it will not.
    static func refusal(_ status: Int, _ message: String) -> ARIHTTPResponse {
        let body: JSONValue = ["message": .string(message)]
        return ARIHTTPResponse(status: status, body: body.bytes)
    }

    /// An answer with a body.
    static func success(_ value: JSONValue, status: Int = 200) -> ARIHTTPResponse {
        ARIHTTPResponse(status: status, body: value.bytes)
    }

    /// An answer without a body.
    static var noContent: ARIHTTPResponse { ARIHTTPResponse(status: 204) }
}

// MARK: - Asterisk, endpoints, events, playbacks, applications

extension AsteriskWorld {
    private func handleAsterisk(_ call: RequestCall) -> ARIHTTPResponse {
        if call.operation == "asterisk.listModules" {
            return .success(
                .array(modules.map { ["name": .string($0.name), "status": .string($0.status), "use_count": 0] })
            )
        }
        if call.operation == "asterisk.getObject" { return describeObject(call) }
        if call.operation == "asterisk.getGlobalVar" {
            guard let name = call["variable"], !name.isEmpty else { return .refusal(400, "Variable name is required") }
            return .success(["value": .string(globalVariables[name, default: ""])])
        }
        return .success([
            "system": ["version": .string(version), "entity_id": "02:00:00:00:00:01"],
            "config": ["name": "", "default_language": "en"],
            "status": ["startup_time": "2026-03-01T08:00:00.000+0000"],
        ])
    }

    private func describeSound(_ call: RequestCall) -> ARIHTTPResponse {
        guard !missingMedia.contains("sound:\(call.first)") else { return .refusal(404, "Sound not found") }
        return .success(["id": .string(call.first), "formats": .array([["language": "en", "format": "gsm"]])])
    }

    private func handleEndpoints(_ call: RequestCall) -> ARIHTTPResponse {
        if call.first.isEmpty { return .success(.array(endpoints.map { json($0) })) }
        let technology = call.first.uppercased()
        guard let endpoint = endpoint(technology, call.second) else {
            return .refusal(404, "Endpoint not found")
        }
        return .success(json(endpoint))
    }

    private mutating func handleUserEvent(_ call: RequestCall) -> ARIHTTPResponse {
        let name = call["application"] ?? ""
        guard applications[name] != nil else { return .refusal(404, "Application not found") }
        let event = JSONValue.string(call.first)
        send("ChannelUserevent", to: name, [.init("eventname", event), .init("userevent", ["eventname": event])])
        return .noContent
    }

    private mutating func handlePlaybacks(_ call: RequestCall) -> ARIHTTPResponse {
        let id = Playback.ID(call.first)
        if call.operation == "playbacks.get" {
            guard let playing = playbacks.first(where: { $0.playback.id == id }) else {
                return .refusal(404, "Playback not found")
            }
            return .success(json(playing.playback))
        }
        guard playbacks.contains(where: { $0.playback.id == id }) else {
            if !ledger.playbacks.contains(id) { violate(call.operation, "playback \(id) never existed") }
            return .refusal(404, "Playback not found")
        }
        return stopPlayback(id)
    }

    private mutating func handleApplications(_ call: RequestCall) -> ARIHTTPResponse {
        let name = call.first
        guard applications[name] != nil else { return .refusal(404, "Application not found") }
        if call.operation == "applications.get" { return describeApplication(name) }
        var sources: [EventSource] = []
        for text in call.list("eventSource") {
            guard let source = EventSource(text) else { return .refusal(400, "Invalid event source URI scheme") }
            sources.append(source)
        }
        guard !sources.isEmpty else { return .refusal(400, "Missing parameter eventSource") }
        if call.operation == "applications.subscribe" {
            guard sources.allSatisfy(exists) else { return .refusal(422, "Event source does not exist") }
            for source in sources { applications[name]?.subscriptions[source, default: 0] += 1 }
        } else {
            guard sources.allSatisfy({ applications[name]?.subscriptions[$0] != nil }) else {
                return .refusal(422, "Event source was not subscribed to")
            }
            for source in sources { unsubscribe(name, from: source) }
        }
        return describeApplication(name)
    }

    private func describeApplication(_ name: String) -> ARIHTTPResponse {
        .success(json(applications[name] ?? Application(), name: name))
    }

    private mutating func unsubscribe(_ name: String, from source: EventSource) {
        let count = applications[name]?.subscriptions[source] ?? 0
        applications[name]?.subscriptions[source] = count > 1 ? count - 1 : nil
    }

    private func exists(_ source: EventSource) -> Bool {
        switch source {
        case .channel(let id): leg(id) != nil
        // Only bridges made over ARI are found (Asterisk's `res/stasis/app.c`, `bridge_find`).
        case .bridge(let id): bridge(id)?.creator == "Stasis"
        case .endpoint(let technology, let resource):
            endpoint(technology, resource) != nil
        }
    }
}

extension EventSource {
    /// Reads ARI's text of a source.
    fileprivate init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let rest = String(text[text.index(after: colon)...])
        switch text[..<colon] {
        case "channel": self = .channel(Channel.ID(rest))
        case "bridge": self = .bridge(Bridge.ID(rest))
        case "endpoint":
            let parts = rest.split(separator: "/", maxSplits: 1).map(String.init)
            self = .endpoint(technology: parts.first ?? "", resource: parts.dropFirst().first ?? "")
        default: return nil
        }
    }
}
