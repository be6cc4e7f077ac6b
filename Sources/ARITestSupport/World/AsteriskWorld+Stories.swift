package import ARI

// MARK: - What becomes of calls

extension AsteriskWorld {
    /// One side of a call sends the other side to another extension, whose phone rings, and is out of it: a blind
    /// transfer.
    ///
    /// - Returns: the new call, which ``answer(_:)`` begins; nil if the channel is in no call.
    package mutating func transfer(_ id: Channel.ID, to extension: String) -> Call? {
        guard let other = separate(id) else { return nil }
        end(id, soft: false)
        return ring(other, `extension`)
    }

    /// A phone with two calls joins the other sides of both, and is out of them: the end of an attended transfer.
    ///
    /// - Parameters:
    ///   - one: the phone's channel in one call.
    ///   - other: the phone's channel in the other call.
    /// - Returns: the call of the other two; nil if one of the channels is in no call.
    package mutating func transfer(_ one: Channel.ID, to other: Channel.ID) -> Call? {
        guard leg(other)?.partner != nil, let caller = separate(one), let callee = separate(other) else { return nil }
        let call = Call(caller: caller, callee: callee)
        connect(call)
        end(one, soft: true)
        end(other, soft: true)
        return call
    }

    /// One side of a call parks the other one, which then waits alone in a bridge that lets nobody be heard.
    ///
    /// - Returns: the channel that is parked; nil if there is no call.
    package mutating func park(_ id: Channel.ID) -> Channel.ID? {
        guard let other = separate(id) else { return nil }
        enter(other, addBridge(.holding, technology: "holding_bridge"))
        end(id, soft: false)
        return other
    }

    /// A phone takes a call that was parked.
    package mutating func pickUp(_ parked: Channel.ID, from extension: String) -> Call {
        let call = Call(caller: parked, callee: addPhone(`extension`, exten: "", state: .up))
        let lot = leg(parked)?.bridge
        connect(call)
        if let lot { bridges.remove(lot) }
        return call
    }

    /// A conference: phones in one bridge, of which each may leave without an end for the others.
    package mutating func placeConference(of extensions: [String]) -> [Channel.ID] {
        let bridge = addBridge(.mixing, technology: "softmix")
        return extensions.map { joinConference(bridge, from: $0) }
    }

    /// One more phone comes into a conference.
    @discardableResult
    package mutating func joinConference(_ bridge: Bridge.ID, from extension: String) -> Channel.ID {
        let phone = addPhone(`extension`, exten: "conference", state: .up)
        enter(phone, bridge)
        return phone
    }

    /// The phone of a channel in Stasis transfers its call blindly: a Local channel to another extension takes its place,
    /// in the order of events that was seen on 22.10.1, and the phone hangs up.
    ///
    /// - Returns: the channel that is in its place now, which stands for the other extension's phone; nil if there is none
    ///   in Stasis.
    package mutating func replace(_ id: Channel.ID, by extension: String) -> Channel.ID? {
        guard let old = leg(id), case .stasis(let application) = old.place else { return nil }
        let number = next()
        let new = Channel(
            id: Channel.ID("17725000\(number % 100).\(number)"),
            name: "Local/\(`extension`)@lab-\(Self.padded(number));1",
            state: .down,
            dialplan: Channel.Dialplan(context: "lab", exten: `extension`, appName: "Stasis", appData: application),
            creationTime: ARITimestamp(timestamp())
        )
        add(new, place: old.place)
        ledger.inStasis.insert(new.id)
        let fields: [JSONValue.Field] = [
            .init("args", []), .init("channel", json(new)), .init("replace_channel", json(old.channel)),
        ]
        send("StasisStart", to: application, fields)
        if let bridge = old.bridge {
            leave(id)
            enter(new.id, bridge)
        }
        changeState(of: new.id, to: .up)
        leaveStasis(id)
        end(id, soft: false)
        return new.id
    }

    // MARK: Parts of these

    /// Lets a phone ring for a channel, as `Dial()` does.
    mutating func ring(_ caller: Channel.ID, _ extension: String) -> Call {
        let callee = addPhone(`extension`, exten: "", state: .ringing)
        change(caller) { $0.partner = callee }
        change(callee) { $0.partner = caller }
        return Call(caller: caller, callee: callee)
    }

    /// Puts the two sides of a call into a bridge of their own.
    mutating func connect(_ call: Call) {
        change(call.caller) { $0.partner = call.callee }
        change(call.callee) { $0.partner = call.caller }
        let bridge = addBridge(.mixing, technology: "simple_bridge")
        enter(call.callee, bridge)
        enter(call.caller, bridge)
    }

    /// Makes a bridge that is not ARI's.
    private mutating func addBridge(_ kind: Bridge.Kind, technology: String) -> Bridge.ID {
        let id = Bridge.ID("call-\(next())")
        let time = ARITimestamp(timestamp())
        bridges.append(Bridge(id: id, technology: technology, kind: kind, creationTime: time), as: id)
        ledger.bridges.insert(id)
        return id
    }

    /// Takes both sides of a call out of its bridge, and lets neither end with the other.
    ///
    /// - Returns: the other side; nil if the channel is in no call.
    mutating func separate(_ id: Channel.ID) -> Channel.ID? {
        guard let leg = leg(id), let other = leg.partner else { return nil }
        for side in [id, other] {
            change(side) { $0.partner = nil }
            leave(side)
        }
        if let bridge = leg.bridge { bridges.remove(bridge) }
        return other
    }
}
