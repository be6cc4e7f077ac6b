import ARITestSupport

/// Events of calls that nobody monitors, as a real Asterisk tells an application that is subscribed to everything.
///
/// A call of others is twenty events, from its two channels' creation to their end; after ``calls`` of them they come again.
struct BusyPBX: Sendable {
    private static let calls = 500

    private let events: [[UInt8]]

    init() {
        events = (0..<Self.calls).flatMap { Self.events(ofCall: $0) }
    }

    /// The events of these numbers, in order.
    func events(_ numbers: Range<Int>) -> [[UInt8]] {
        numbers.map { events[$0 % events.count] }
    }

    private static func events(ofCall number: Int) -> [[UInt8]] {
        let (caller, callee) = (Side(2 * number, "Ring"), Side(2 * number + 1, "Ringing"))
        let (callerUp, calleeUp) = (Side(2 * number, "Up"), Side(2 * number + 1, "Up"))
        let bridge = "others-bridge-\(number)"
        return [
            event("ChannelCreated", caller),
            event("ChannelVarset", caller, variable("FROM_DID", "7000")),
            event("ChannelVarset", caller, variable("CDR(accountcode)", "sales")),
            event("ChannelDialplan", caller, [.init("dialplan_app", "Dial"), .init("dialplan_app_data", "PJSIP/x")]),
            event("ChannelCreated", callee),
            event("ChannelVarset", callee, variable("DIALEDPEERNUMBER", "x")),
            event("Dial", nil, [.init("caller", caller.json), .init("peer", callee.json), .init("dialstatus", "")]),
            event("ChannelStateChange", callee),
            event("ChannelStateChange", calleeUp),
            event("ChannelStateChange", callerUp),
            event("BridgeCreated", nil, [Self.bridge(bridge, [])]),
            event("ChannelEnteredBridge", calleeUp, [Self.bridge(bridge, [calleeUp])]),
            event("ChannelEnteredBridge", callerUp, [Self.bridge(bridge, [calleeUp, callerUp])]),
            event("ChannelVarset", callerUp, variable("BRIDGEPEER", calleeUp.name)),
            event("ChannelVarset", calleeUp, variable("BRIDGEPEER", callerUp.name)),
            event("ChannelHangupRequest", callerUp, [.init("cause", 16)]),
            event("ChannelLeftBridge", callerUp, [Self.bridge(bridge, [calleeUp])]),
            event("BridgeDestroyed", nil, [Self.bridge(bridge, [])]),
            event("ChannelDestroyed", callerUp, [.init("cause", 16), .init("cause_txt", "Normal Clearing")]),
            event("ChannelDestroyed", calleeUp, [.init("cause", 16), .init("cause_txt", "Normal Clearing")]),
        ]
    }

    private static func event(_ type: String, _ side: Side?, _ fields: [JSONValue.Field] = []) -> [UInt8] {
        let head: [JSONValue.Field] = [
            .init("type", .string(type)), .init("timestamp", "2026-03-01T08:00:00.000+0000"),
        ]
        let channel = side.map { [JSONValue.Field("channel", $0.json)] } ?? []
        let tail: [JSONValue.Field] = [
            .init("asterisk_id", "02:00:00:00:00:01"), .init("application", "earshot"),
        ]
        return JSONValue.object(head + channel + fields + tail).bytes
    }

    private static func variable(_ name: String, _ value: String) -> [JSONValue.Field] {
        [.init("variable", .string(name)), .init("value", .string(value))]
    }

    private static func bridge(_ id: String, _ members: [Side]) -> JSONValue.Field {
        JSONValue.Field(
            "bridge",
            [
                "id": .string(id), "technology": "simple_bridge", "bridge_type": "mixing", "bridge_class": "basic",
                "creator": "", "name": "", "channels": .array(members.map { .string($0.id) }),
                "creationtime": "2026-03-01T08:00:00.000+0000", "video_mode": "none",
            ]
        )
    }
}

/// A phone's channel in a call of others.
private struct Side {
    let id: String
    let name: String
    let json: JSONValue

    init(_ number: Int, _ state: String) {
        let `extension` = String(700_000 + number)
        id = "17724000.\(number)"
        name = "PJSIP/\(`extension`)-\(number)"
        json = [
            "id": .string(id), "name": .string(name), "state": .string(state), "protocol_id": "",
            "caller": ["name": "", "number": .string(`extension`)], "connected": ["name": "", "number": ""],
            "accountcode": "",
            "dialplan": [
                "context": "internal", "exten": .string(`extension`), "priority": 3, "app_name": "Dial",
                "app_data": .string("PJSIP/\(`extension`)"),
            ],
            "creationtime": "2026-03-01T08:00:00.000+0000", "language": "en",
        ]
    }
}
