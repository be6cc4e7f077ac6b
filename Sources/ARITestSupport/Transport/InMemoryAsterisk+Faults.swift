package import ARI

// MARK: - What goes wrong

extension InMemoryAsterisk {
    /// Lets the n-th request from now on (of one operation, or of any) go wrong.
    package func inject(_ action: RequestFault.Action, into operation: String? = nil, occurrence: Int = 1) {
        faults.append(RequestFault(operation: operation, countdown: max(1, occurrence), action: action))
    }

    /// Lets the next connections go wrong, one fault each.
    package func inject(_ faults: ConnectionFault...) {
        connectionFaults += faults
    }

    /// The number of requests and answers that are held.
    package var heldRequests: Int { held.count }

    /// Keeps events back from now on: answers overtake them.
    package func holdEvents() {
        heldEvents = heldEvents ?? []
    }

    /// Delivers the events that were kept back, and lets events flow again.
    package func releaseEvents() {
        let events = heldEvents ?? []
        heldEvents = nil
        for event in events { deliver(event) }
    }

    /// Delivers the last event of a type once more.
    package func repeatLastEvent(_ type: String) {
        if let event = delivered.last(where: { $0.type == type }) { deliver(event) }
    }

    /// Delivers any bytes as a message of an application's WebSocket.
    package func deliver(_ bytes: [UInt8], to application: String) {
        connections.last { $0.application == application && $0.isRegistered }?.feed.yield([bytes])
    }

    /// Breaks an application's WebSocket, or closes it in order if there is no error. Asterisk knows at once.
    package func dropConnection(of application: String = "earshot", with error: ARITransportError? = nil) {
        for connection in connections where connection.application == application {
            connection.feed.finish(throwing: error)
        }
        connections.removeAll { $0.application == application }
        world.disconnect(application)
        flush()
    }
}

// MARK: - How events go out

extension InMemoryAsterisk {
    /// Makes Asterisk send the application's events over this connection; an older one is told that it was replaced.
    func register(_ id: Int) {
        guard let index = connections.firstIndex(where: { $0.id == id }) else { return }
        world.connect(connections[index].application)
        flush()
        connections[index].isRegistered = true
    }

    /// Counts a user event for the connections that Asterisk has not registered yet.
    func registerLate() {
        for connection in connections where !connection.isRegistered {
            guard let refusals = connection.refusals,
                let index = connections.firstIndex(where: { $0.id == connection.id })
            else { continue }
            if refusals == 0 { register(connection.id) } else { connections[index].refusals = refusals - 1 }
        }
    }

    /// Sends out what the world has to tell, and looks whether somebody waited for this change.
    func flush() {
        for event in world.takeEvents() {
            if heldEvents != nil { heldEvents?.append(event) } else { deliver(event) }
        }
        wakeWaiters()
    }

    private func deliver(_ event: AsteriskWorld.Message) {
        delivered.append(event)
        deliver(event.bytes, to: event.application)
    }
}
