package import ARI
import struct Monitoring.EndpointName

// MARK: - What people at phones do

extension AsteriskWorld {
    /// The two sides of a call through `Dial()`.
    package struct Call: Sendable, Hashable {
        /// The channel of the phone that called.
        package var caller: Channel.ID
        /// The channel of the phone that was called.
        package var callee: Channel.ID

        package init(caller: Channel.ID, callee: Channel.ID) {
            self.caller = caller
            self.callee = callee
        }
    }

    /// A call between two extensions that was answered: both are in one bridge.
    package mutating func placeCall(from caller: String, to callee: String) -> Call {
        let call = ring(from: caller, to: callee)
        answer(call)
        return call
    }

    /// A call that was not answered yet: the called phone rings, nobody is in a bridge.
    package mutating func ring(from caller: String, to callee: String) -> Call {
        let one = addPhone(caller, exten: callee, state: .ring)
        return ring(one, callee)
    }

    /// The calls that ring, and nobody has answered.
    package var ringingCalls: [Call] {
        legs.filter { $0.channel.state == .ringing }.compactMap { leg in
            leg.partner.map { Call(caller: $0, callee: leg.channel.id) }
        }
    }

    /// The called phone answers.
    package mutating func answer(_ call: Call) {
        changeState(of: call.callee, to: .up)
        changeState(of: call.caller, to: .up)
        connect(call)
    }

    /// A phone in the dialplan outside any bridge, such as one that listens to an announcement.
    package mutating func listenToAnnouncement(_ extension: String) -> Channel.ID {
        addPhone(`extension`, exten: "announcement", state: .up)
    }

    /// A supervisor dials a code, and the dialplan sends them into Stasis.
    ///
    /// - Returns: their channel. If the application is not connected they are in the dialplan, where they hear so.
    package mutating func dial(
        from extension: String,
        _ exten: String,
        variables: [String: String] = [:],
        arguments: [String] = [],
        application: String = "earshot"
    ) -> Channel.ID {
        let id = addPhone(`extension`, exten: exten, state: .ring, variables: variables)
        change(id) { $0.place = .enteringStasis(application: application, arguments: arguments) }
        if entersStasisAtOnce { arrive(id) }
        return id
    }

    /// A phone hangs up. Its snoops end with it, and so does the other side of its call.
    package mutating func hangUp(_ id: Channel.ID) {
        end(id, soft: false)
    }

    /// A phone begins to hang up: until ``hangUp(_:)`` its channel is listed, and Asterisk makes no snoop of it any more.
    package mutating func beginHangingUp(_ id: Channel.ID) {
        change(id) { $0.isEnding = true }
    }

    package func isHangingUp(_ id: Channel.ID) -> Bool { leg(id)?.isEnding == true }

    /// A key is pressed at a phone, and released.
    package mutating func press(_ digit: Character, on id: Channel.ID) {
        publish("ChannelDtmfReceived", about: id, [.init("digit", .string(String(digit))), .init("duration_ms", 100)])
    }

    /// A phone puts its call on hold, or takes it back.
    package mutating func setHold(_ isHeld: Bool, on id: Channel.ID) {
        publish(isHeld ? "ChannelHold" : "ChannelUnhold", about: id)
    }

    /// A channel's voice stops flowing or flows again. A snoop of a silent channel that is hung up stays listed.
    package mutating func setSilent(_ isSilent: Bool, _ id: Channel.ID) {
        if isSilent {
            silentChannels.insert(id)
        } else {
            silentChannels.remove(id)
            lingering.removeAll { $0.name.hasPrefix("Snoop/\(id.rawValue)-") }
        }
    }

    /// A channel of a phone.
    mutating func addPhone(
        _ extension: String,
        exten: String,
        state: Channel.State,
        variables: [String: String] = [:]
    ) -> Channel.ID {
        let number = next()
        let id = Channel.ID("17725000\(number % 100).\(number)")
        let name = "PJSIP/\(`extension`)-\(Self.padded(number))"
        let channel = Channel(
            id: id,
            name: name,
            state: state,
            caller: Channel.CallerID(number: `extension`),
            dialplan: Channel.Dialplan(context: "lab", exten: exten),
            creationTime: ARITimestamp(timestamp())
        )
        let all = endpointVariables[`extension`, default: [:]].merging(variables) { $1 }
        add(channel, place: .dialplan, variables: all)
        return id
    }
}

// MARK: - What Asterisk does by itself

extension AsteriskWorld {
    /// The endpoint of an extension, with the variables that its `set_var` lines give each of its channels.
    package mutating func addEndpoint(_ extension: String, variables: [String: String] = [:]) {
        let name = EndpointName(technology: "PJSIP", resource: `extension`)
        if endpoints[name] == nil {
            endpoints.append(Endpoint(technology: "PJSIP", resource: `extension`, state: "online"), as: name)
        }
        endpointVariables[`extension`] = variables
    }

    /// Lets everybody who is on the way into Stasis arrive.
    package mutating func settle() {
        for leg in legs { arrive(leg.channel.id) }
    }

    /// Ends the medium that a playback plays now.
    package mutating func finishPlayback(_ id: Playback.ID, state: Playback.State = .done) {
        endMedium(of: id, state: state)
    }

    /// Takes the module away, as if it were not loaded.
    package mutating func unload(_ module: String) {
        modules.removeAll { $0.name == module }
    }

    /// Asterisk is started anew: channels, bridges, subscriptions and connections are gone. Nobody is told.
    package mutating func restart() {
        legs = LegTable()
        bridges = OrderedTable()
        playbacks = []
        // Their files are there, but nobody has closed them.
        for index in recordings.indices where !recordings[index].isOver { recordings[index].state = .failed }
        lingering = []
        silentChannels = []
        applications = [:]
        endpoints.changeAll { $0.channels = [] }
        _ = takeEvents()
    }
}
