import ARI

extension AsteriskWorld {
    /// A channel as ARI describes it.
    func json(_ channel: Channel) -> JSONValue {
        var fields: [JSONValue.Field] = [
            .init("id", .string(channel.id.rawValue)),
            .init("name", .string(channel.name)),
            .init("state", .string(channel.state.rawValue)),
            .init("protocol_id", ""),
            .init("caller", Self.json(channel.caller)),
            .init("connected", Self.json(channel.connected)),
            .init("accountcode", ""),
            .init("dialplan", json(channel.dialplan)),
            .init("creationtime", .string(channel.creationTime.text)),
            .init("language", .string(channel.language)),
        ]
        if !listedVariables.isEmpty {
            let variables = leg(channel.id)?.variables ?? [:]
            let listed = listedVariables.map { JSONValue.Field($0, .string(variables[$0, default: ""])) }
            fields.append(.init("channelvars", .object(listed)))
        }
        return .object(fields)
    }

    private static func json(_ caller: Channel.CallerID) -> JSONValue {
        ["name": .string(caller.name), "number": .string(caller.number)]
    }

    private func json(_ dialplan: Channel.Dialplan) -> JSONValue {
        var fields: [JSONValue.Field] = [
            .init("context", .string(dialplan.context)),
            .init("exten", .string(dialplan.exten)),
            .init("priority", .number(dialplan.priority)),
        ]
        // From 18 on.
        if !version.hasPrefix("16."), let name = dialplan.appName {
            fields += [.init("app_name", .string(name)), .init("app_data", .string(dialplan.appData))]
        }
        return .object(fields)
    }

    /// A bridge as ARI describes it.
    func json(_ bridge: Bridge) -> JSONValue {
        [
            "id": .string(bridge.id.rawValue),
            "technology": .string(bridge.technology),
            "bridge_type": .string(bridge.kind.rawValue),
            "bridge_class": bridge.creator.isEmpty ? "basic" : "stasis",
            "creator": .string(bridge.creator),
            "name": .string(bridge.name),
            "channels": .array(bridge.channels.map { .string($0.rawValue) }),
            "creationtime": .string(bridge.creationTime?.text ?? ""),
            "video_mode": "none",
        ]
    }

    /// An endpoint as ARI describes it.
    func json(_ endpoint: Endpoint) -> JSONValue {
        [
            "technology": .string(endpoint.technology),
            "resource": .string(endpoint.resource),
            "state": .string(endpoint.state ?? "unknown"),
            "channel_ids": .array(endpoint.channels.map { .string($0.rawValue) }),
        ]
    }

    /// A playback as ARI describes it.
    func json(_ playback: Playback) -> JSONValue {
        [
            "id": .string(playback.id.rawValue),
            "media_uri": .string(playback.mediaURI),
            "target_uri": .string(playback.targetURI),
            "language": "en",
            "state": .string(playback.state.rawValue),
        ]
    }

    /// An application as ARI describes it.
    func json(_ application: Application, name: String) -> JSONValue {
        let inStasis = legs.members(of: name)
        var channels = inStasis.map(\.rawValue)
        let theirs = legs.bridges(of: name)
        var bridges = Array(theirs)
        var endpoints: [String] = []
        for source in application.subscriptions.keys {
            switch source {
            case .channel(let id): if !inStasis.contains(id) { channels.append(id.rawValue) }
            case .bridge(let id): if !theirs.contains(id) { bridges.append(id) }
            case .endpoint(let technology, let resource): endpoints.append("\(technology)/\(resource)")
            }
        }
        // Asterisk gives them in no order. A few are sorted, for tests; in a load there are thousands.
        func list(_ names: [String]) -> JSONValue {
            .array((names.count < 100 ? names.sorted() : names).map { .string($0) })
        }
        return [
            "name": .string(name),
            "channel_ids": list(channels),
            "bridge_ids": list(bridges.map(\.rawValue)),
            "endpoint_ids": list(endpoints),
            "device_names": [],
            "events_allowed": [],
            "events_disallowed": [],
        ]
    }
}
