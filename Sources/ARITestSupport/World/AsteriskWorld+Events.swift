import ARI

// MARK: - Who gets an event

extension AsteriskWorld {
    /// Sends an event to the applications that watch the channel: those it is in, and those subscribed to it or to its
    /// endpoint.
    mutating func publish(_ type: String, about id: Channel.ID, _ fields: [JSONValue.Field] = []) {
        guard let leg = leg(id) else { return }
        let watchers = applications.keys.filter { watches($0, leg) }
        guard !watchers.isEmpty else { return }
        let channel = JSONValue.Field("channel", json(leg.channel))
        for name in watchers.sorted() { send(type, to: name, [channel] + fields) }
    }

    /// Sends a bridge's event to the applications that watch the bridge: those that have a channel in it, and those
    /// subscribed to it.
    mutating func publish(_ type: String, about id: Bridge.ID, _ channel: Channel.ID?, watchers: Set<String>) {
        guard !watchers.isEmpty, let bridge = bridge(id) else { return }
        var fields = [JSONValue.Field("bridge", json(bridge))]
        if let channel, let leg = leg(channel) { fields.append(.init("channel", json(leg.channel))) }
        for name in watchers.sorted() { send(type, to: name, fields) }
    }

    /// Sends an event to one application. Like Asterisk, drops it if the application is not connected.
    mutating func send(_ type: String, to name: String, _ fields: [JSONValue.Field]) {
        guard applications[name]?.isConnected == true else { return }
        let head: [JSONValue.Field] = [
            .init("type", .string(type)),
            .init("timestamp", .string(timestamp())),
        ]
        let tail: [JSONValue.Field] = [
            .init("asterisk_id", "02:00:00:00:00:01"),
            .init("application", .string(name)),
        ]
        post(Message(application: name, type: type, bytes: JSONValue.object(head + fields + tail).bytes))
    }

    /// The applications that watch a bridge.
    func watchers(of id: Bridge.ID) -> Set<String> {
        let members = legs.ordered(bridge(id)?.channels ?? [])
        return Set(
            applications.keys.filter { name in
                applications[name]?.subscriptions[.bridge(id)] != nil
                    || members.contains { $0.place == .stasis(application: name) }
            }
        )
    }

    private func watches(_ name: String, _ leg: Leg) -> Bool {
        guard let application = applications[name] else { return false }
        if leg.place == .stasis(application: name) { return true }
        if application.subscriptions[.channel(leg.channel.id)] != nil { return true }
        guard let endpoint = leg.channel.endpoint else { return false }
        let source = EventSource.endpoint(technology: endpoint.technology, resource: endpoint.resource)
        return application.subscriptions[source] != nil
    }

    /// Tells that an endpoint's list of channels changed.
    mutating func publishEndpoint(of channel: Channel) {
        guard let (technology, resource) = channel.endpoint,
            let endpoint = endpoint(technology, resource)
        else { return }
        let source = EventSource.endpoint(technology: technology, resource: resource)
        for (name, application) in applications.sorted(by: { $0.key < $1.key })
        where application.subscriptions[source] != nil {
            send("EndpointStateChange", to: name, [.init("endpoint", json(endpoint))])
        }
    }
}

// MARK: - Connections of applications

extension AsteriskWorld {
    /// A WebSocket for the application opened: its events flow. What happened before is lost to it.
    ///
    /// If it was connected already, the older connection is told that it was replaced.
    package mutating func connect(_ application: String) {
        if applications[application]?.isConnected == true {
            send("ApplicationReplaced", to: application, [])
        }
        applications[application, default: Application()].isConnected = true
    }

    /// The application's WebSocket closed. Channels and bridges stay; Asterisk remembers the application for as long as
    /// it is subscribed to anything.
    package mutating func disconnect(_ application: String) {
        applications[application]?.isConnected = false
        forgetIfUnused(application)
    }

    /// Forgets an application that is not connected and not subscribed to anything.
    mutating func forgetIfUnused(_ name: String) {
        guard let application = applications[name], !application.isConnected, application.subscriptions.isEmpty else {
            return
        }
        if legs.members(of: name).isEmpty { applications[name] = nil }
    }

    /// True if the application is connected.
    package func isConnected(_ application: String) -> Bool {
        applications[application]?.isConnected == true
    }
}
