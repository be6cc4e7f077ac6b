package import ARI

// MARK: - Channels that take others' places

/// When Asterisk exchanges channels, the one that goes on has the name and the ID of the one party, and the variables and
/// audio hooks of the other (`main/channel.c`, `channel_do_masquerade`; measured on 22.10.1).
extension AsteriskWorld {
    /// A phone takes a call that rings elsewhere.
    ///
    /// - Returns: the call, which the phone has answered.
    package mutating func pickUp(_ ringing: Call, from extension: String) -> Call {
        let picker = addPhone(`extension`, exten: "pickup", state: .up)
        takePlace(of: ringing.callee, picker, cause: 26)
        let call = Call(caller: ringing.caller, callee: picker)
        changeState(of: call.caller, to: .up)
        connect(call)
        return call
    }

    /// A phone with a call and a second channel that is in no bridge hands the other side of the call over to where that
    /// channel is: an attended transfer by REFER with Replaces.
    ///
    /// - Returns: the channel that was handed over; nil if there is no call.
    package mutating func transfer(_ id: Channel.ID, toPlaceOf unbridged: Channel.ID) -> Channel.ID? {
        guard let transferer = leg(id)?.channel.name, let other = separate(id) else { return nil }
        setVariable("ATTENDEDTRANSFER", to: transferer, on: other)
        end(id, soft: true)
        takePlace(of: unbridged, other, cause: 16)
        return other
    }

    /// One side of a call sends the other side to a feature code: a blind transfer into the application.
    ///
    /// - Returns: the channel that was sent; nil if there is no call.
    package mutating func transfer(
        _ id: Channel.ID,
        toCode exten: String,
        application: String = "earshot"
    ) -> Channel.ID? {
        guard let transferer = leg(id)?.channel.name, let other = separate(id) else { return nil }
        setVariable("BLINDTRANSFER", to: transferer, on: other)
        end(id, soft: false)
        change(other) { leg in
            leg.channel.dialplan = Channel.Dialplan(context: "lab", exten: exten)
            leg.place = .enteringStasis(application: application, arguments: [])
        }
        if entersStasisAtOnce { arrive(other) }
        return other
    }

    /// Two channels of one Local channel, each in a bridge with a phone: a call through `Local/…/n`.
    ///
    /// - Returns: the phones' channels.
    package mutating func placeCallThroughLocal(from caller: String, to callee: String) -> Call {
        let number = next()
        let halves = [1, 2].map { half in addLocal(callee, number, half) }
        let call = Call(
            caller: addPhone(caller, exten: callee, state: .up),
            callee: addPhone(callee, exten: "", state: .up)
        )
        connect(Call(caller: call.caller, callee: halves[0]))
        connect(Call(caller: halves[1], callee: call.callee))
        return call
    }

    /// Something sets a variable of a channel: the dialplan, or an earlier run of a program.
    package mutating func setVariable(_ name: String, to value: String, on id: Channel.ID) {
        change(id) { $0.variables[name] = value }
        publishVariable(name, value, of: id)
    }

    // MARK: Parts of these

    /// Lets a channel go on in the place of another one, which is no more.
    private mutating func takePlace(of old: Channel.ID, _ new: Channel.ID, cause: Int) {
        guard let leg = leg(old) else { return }
        finishRecordings(of: old)
        if let partner = leg.partner, cause == 26 {
            change(partner) { $0.partner = nil }
        }
        change(old) { $0.partner = nil }
        change(new) { survivor in
            // The old one's stand before its own, and are found first.
            survivor.variables.merge(leg.variables) { _, first in first }
            survivor.hooks = leg.hooks
            survivor.channel.dialplan = leg.channel.dialplan
            survivor.place = leg.place
        }
        for snoop in legs.snoops(of: old) {
            change(snoop.channel.id) { $0.snoop?.target = new }
        }
        if case .stasis(let application) = leg.place, let channel = self.leg(new)?.channel {
            ledger.inStasis.insert(new)
            let fields: [JSONValue.Field] = [
                .init("args", []), .init("channel", json(channel)), .init("replace_channel", json(leg.channel)),
            ]
            send("StasisStart", to: application, fields)
        }
        leaveStasis(old)
        publish("ChannelHangupRequest", about: old, [.init("soft", .bool(false)), .init("cause", .number(cause))])
        remove(old)
    }

    private mutating func addLocal(_ extension: String, _ number: Int, _ half: Int) -> Channel.ID {
        let channel = Channel(
            id: Channel.ID("17725000\(number % 100).\(number)-\(half)"),
            name: "Local/\(`extension`)@lab-agents-\(Self.padded(number));\(half)",
            state: .up,
            dialplan: Channel.Dialplan(context: "lab-agents", exten: `extension`),
            creationTime: ARITimestamp(timestamp())
        )
        add(channel, place: .dialplan)
        return channel.id
    }
}
