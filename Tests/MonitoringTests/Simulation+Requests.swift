import ARI
import ARITestSupport
import Monitoring

extension SessionRequest {
    /// The snoop or bridge that is made or removed.
    var resource: String? {
        switch self {
        case .createSnoop(let snoop, _, _), .removeSnoop(let snoop): snoop.rawValue
        case .createBridge(let bridge), .removeBridge(let bridge), .join(let bridge, _, _), .leave(let bridge):
            bridge.rawValue
        case .record(_, let name): name.rawValue
        default: nil
        }
    }

    /// The request to Asterisk, as `RequestRunner` of the service makes it; nil for what the simulation answers itself.
    func http(supervisor: String) -> ARIHTTPRequest? {
        let own = ["channels", supervisor]
        return switch self {
        case .answerSupervisor: Self.post("channels.answer", own + ["answer"])
        case .createBridge(let bridge): Self.post("bridges.createWithId", ["bridges", bridge.rawValue])
        case .startEarlyMedia: nil
        case .createSnoop(let snoop, let target, let audio):
            Self.post(
                "channels.snoopChannelWithId",
                ["channels", target.rawValue, "snoop", snoop.rawValue],
                [("spy", audio.hears.rawValue), ("whisper", audio.speaks.rawValue), ("app", "earshot")]
            )
        // Nobody is muted here: the snoop alone must keep their voice in.
        case .join(let bridge, let channel, _):
            Self.post(
                "bridges.addChannel",
                ["bridges", bridge.rawValue, "addChannel"],
                [("channel", channel.rawValue)]
            )
        case .leave(let bridge):
            Self.post(
                "bridges.removeChannel",
                ["bridges", bridge.rawValue, "removeChannel"],
                [("channel", supervisor)]
            )
        case .play(let playback, _):
            Self.post("channels.playWithId", own + ["play", playback.rawValue], [("media", "sound:beep")])
        case .findPlayback(let playback):
            ARIHTTPRequest(operation: "playbacks.get", method: .get, path: ["playbacks", playback.rawValue])
        case .stopPlayback(let playback): Self.delete("playbacks.stop", ["playbacks", playback.rawValue])
        case .record(let snoop, let name):
            Self.post(
                "channels.record",
                ["channels", snoop.rawValue, "record"],
                [("name", name.rawValue), ("format", "wav"), ("ifExists", "fail")]
            )
        case .setVariable(let variable, let value):
            Self.post(
                "channels.setChannelVar",
                own + ["variable"],
                [("variable", variable.rawValue), ("value", value)]
            )
        case .mark(let mark):
            Self.post(
                "channels.setChannelVar",
                own + ["variable"],
                [("variable", SessionMark.variable), ("value", mark.text(start: 0))]
            )
        case .releaseSupervisor: Self.post("channels.continueInDialplan", own + ["continue"])
        case .hangUpSupervisor: Self.delete("channels.hangup", own)
        case .removeSnoop(let snoop): Self.delete("channels.hangup", ["channels", snoop.rawValue])
        case .removeBridge(let bridge): Self.delete("bridges.destroy", ["bridges", bridge.rawValue])
        case .readSettings, .findTargets, .findExit, .watch, .writeRecord: nil
        }
    }

    private static func post(
        _ name: String,
        _ path: [String],
        _ query: [(name: String, value: String)] = []
    ) -> ARIHTTPRequest {
        ARIHTTPRequest(operation: name, method: .post, path: path, query: query)
    }

    private static func delete(_ name: String, _ path: [String]) -> ARIHTTPRequest {
        ARIHTTPRequest(operation: name, method: .delete, path: path)
    }
}

extension WatchedSource {
    /// The request that subscribes to it, or takes the subscription back.
    func http(_ method: ARIHTTPRequest.Method) -> ARIHTTPRequest {
        let source =
            switch self {
            case .endpoint(let endpoint): "endpoint:\(endpoint)"
            case .channel(let channel): "channel:\(channel)"
            }
        return ARIHTTPRequest(
            operation: method == .post ? "applications.subscribe" : "applications.unsubscribe",
            method: method,
            path: ["applications", "earshot", "subscription"],
            query: [("eventSource", source)]
        )
    }
}
