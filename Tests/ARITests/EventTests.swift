import ARI
import ARITestSupport
import Testing

/// Every message is an event: what Asterisk sent is understood, and what nobody can read breaks nothing.
@Suite struct EventTests {
    private func event(_ text: String) -> ARIEvent {
        ARIEvent(message: Array(text.utf8))
    }

    @Test func `every recorded event is understood, or known to be of no use`() throws {
        let events = try Recording.events().map { ARIEvent(message: $0) }
        let unused = events.compactMap { event -> String? in
            if case .unknown(let type) = event { type } else { nil }
        }
        #expect(events.count == 26)
        let expected = [
            "ChannelLeftBridge", "PlaybackStarted", "ChannelHangupRequest", "BridgeDestroyed", "Dial",
            "ChannelDialplan",
            "EndpointStateChange", "RecordingStarted",
        ]
        #expect(unused == expected)
        #expect(!events.contains { $0.metricLabel == "undecodable" })
    }

    @Test func `every event has one of the texts that metrics know`() throws {
        for label in ARIEvent.metricLabels where !["unknown", "undecodable"].contains(label) {
            guard case .undecodable(let type, _) = event("{\"type\":\"\(label)\"}") else {
                // What needs no field at all.
                #expect(event("{\"type\":\"\(label)\"}").metricLabel == label)
                continue
            }
            #expect(type == label)
        }
        let recorded = try Recording.events().map { ARIEvent(message: $0).metricLabel }
        #expect(Set(recorded).isSubset(of: ARIEvent.metricLabels))
        #expect(Set(ARIEvent.metricLabels).count == ARIEvent.metricLabels.count)
        #expect(event("no JSON").metricLabel == "undecodable")
    }

    @Test func `every recorded event that is understood tells its time`() throws {
        for message in try Recording.events() {
            let event = ARIEvent(message: message)
            if case .unknown = event { continue }
            #expect(event.timestamp?.millisecondsSince1970 != nil, "\(event.metricLabel)")
        }
        #expect(event("{\"type\":\"Dial\",\"timestamp\":\"2026-11-22T18:17:04.665+0000\"}").timestamp == nil)
    }

    @Test func `the start of a snoop brings its arguments`() throws {
        let messages = try Recording.events().filter { String(decoding: $0, as: UTF8.self).contains("Snoop/") }
        guard case .stasisStart(let start) = ARIEvent(message: try #require(messages.first)) else {
            Issue.record("not a StasisStart")
            return
        }
        #expect(start.channel.id == Channel.ID("s1"))
        #expect(start.arguments == ["a", "b"])
        #expect(start.replacedChannel == nil)
        #expect(start.timestamp?.text == "2026-11-22T18:17:04.665+0000")
    }

    @Test func `a key is told with its length`() throws {
        guard case .channelDtmfReceived(let key) = ARIEvent(message: try Recording.event("ChannelDtmfReceived")) else {
            Issue.record("not a ChannelDtmfReceived")
            return
        }
        #expect(key.digit == "5")
        #expect(key.durationMilliseconds == 100)
    }

    @Test func `a variable of nobody is a global one`() {
        let text = #"{"type":"ChannelVarset","variable":"A","value":"b"}"#
        #expect(event(text) == .channelVarset(ChannelVarset(variable: "A", value: "b")))
    }

    @Test func `an end of a channel tells its cause`() throws {
        guard case .channelDestroyed(let end) = ARIEvent(message: try Recording.event("ChannelDestroyed")) else {
            Issue.record("not a ChannelDestroyed")
            return
        }
        #expect(end.cause == 16)
        #expect(end.causeText == "Normal Clearing")
    }

    @Test func `a recording tells what it records, how far it is, and why it failed`() throws {
        let events = try ["RecordingFailed", "RecordingFinished"].map { ARIEvent(message: try Recording.event($0)) }
        guard case .recordingFailed(let failure) = events[0], case .recordingFinished(let end) = events[1] else {
            Issue.record("not the events of a recording")
            return
        }
        #expect(failure.recording.state == .failed)
        #expect(failure.recording.cause == "Cannot record channel while in bridge")
        #expect(end.recording.name == "probe/r1")
        #expect(end.recording.format == "wav")
        #expect(end.recording.targetURI == "channel:s1")
        #expect(end.recording.state == .done)
        #expect(end.recording.durationSeconds == 3)
    }

    @Test func `an event of a later Asterisk is unknown, not broken`() {
        #expect(event(#"{"type":"ChannelSang","song":{"key":"a"}}"#) == .unknown(type: "ChannelSang"))
    }

    @Test func `an event with a field missing names it and its type`() {
        let broken = event(#"{"type":"StasisEnd","channel":{"id":"1"}}"#)
        #expect(broken == .undecodable(type: "StasisEnd", reason: "field channel.name is missing"))
    }

    @Test(arguments: ["", "{", "null", "[]", "7", "{}", #"{"type":7}"#, #"{"type":null}"#, "\u{0}"])
    func `what is no event is undecodable`(text: String) {
        guard case .undecodable(nil, _) = event(text) else {
            Issue.record("\(text) was read as \(event(text))")
            return
        }
    }

    @Test func `no beginning of a message is an event, and no broken byte makes another one of it`() throws {
        for message in try Recording.events() {
            let label = ARIEvent(message: message).metricLabel
            for length in message.indices {
                switch ARIEvent(message: Array(message[..<length])) {
                case .undecodable: break
                // Behind its type nothing is looked at.
                case .unknown where label == "unknown": break
                default:
                    Issue.record("the first \(length) bytes were read as an event")
                    return
                }
            }
            for index in message.indices {
                var broken = message
                broken[index] = 0xFF
                // A broken byte in a field that nobody reads does no harm.
                #expect([label, "undecodable"].contains(ARIEvent(message: broken).metricLabel))
            }
        }
    }

    @Test(arguments: [
        #"{"type":"ApplicationReplaced","application":"a","timestamp":"x"}"#,
        #"{"application":"a","timestamp":"x","type":"ApplicationReplaced"}"#,
        #" {  "type" : "ApplicationReplaced", "application":"a","timestamp":"x"}"#,
        #"{"type":"\u0041pplicationReplaced","application":"a","timestamp":"x"}"#,
    ])
    func `an event is known wherever its type stands, and however it is written`(text: String) {
        #expect(event(text).metricLabel == "ApplicationReplaced")
    }

    @Test(arguments: [
        #"{"type":"Dial"}"#, #"{"type":"Dial""#, #"{"type":"Dial","caller":"#, #"{ "type":"Dial"}"#,
        #"{"caller":{},"type":"Dial"}"#,
    ])
    func `an event of no use is known by its type alone`(text: String) {
        #expect(event(text) == .unknown(type: "Dial"))
    }

    @Test func `nesting without an end is undecodable`() {
        let deep = #"{"type":"StasisEnd","a":"# + String(repeating: "[", count: 100_000)
        #expect(event(deep).metricLabel == "undecodable")
    }
}
