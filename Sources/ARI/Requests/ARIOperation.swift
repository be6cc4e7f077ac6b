/// One operation of ARI as Asterisk itself describes it under `/ari/api-docs`: what this module may ask for.
///
/// Every request is made from an entry of ``all``, so a test can compare the list with the description that a real
/// Asterisk serves and so prove that nothing is asked that does not exist.
package struct ARIOperation: Sendable, Hashable {
    /// The resource, which is also the name of its description: `channels` for `/api-docs/channels.json`.
    package let resource: String
    /// The name in the description; unique in its resource only.
    package let nickname: String
    /// The HTTP method.
    package let method: ARIHTTPRequest.Method
    /// The path below the base URL, with its arguments in braces: `/channels/{channelId}/snoop/{snoopId}`.
    package let path: String
    /// The query parameters that this module may send.
    package let parameters: [String]
    /// Resource and nickname, such as `channels.snoopChannelWithId`: a bounded name for logs, errors and metrics.
    package let name: String
    /// The parts of the path.
    private let segments: [String]

    init(_ name: String, _ method: ARIHTTPRequest.Method, _ path: String, parameters: [String] = []) {
        let parts = name.split(separator: ".", maxSplits: 1)
        resource = parts.first.map(String.init) ?? name
        nickname = parts.dropFirst().first.map(String.init) ?? name
        self.method = method
        self.path = path
        self.parameters = parameters
        self.name = name
        segments = path.split(separator: "/").map(String.init)
    }

    /// The request that performs the operation.
    ///
    /// - Parameters:
    ///   - arguments: the values for the braces in the path, in order, not percent-encoded.
    ///   - query: parameters of `parameters`; those with a nil value are left out.
    func request(
        _ arguments: String...,
        query: KeyValuePairs<String, String?> = [:],
        timeout: Duration?
    ) -> ARIHTTPRequest {
        assert(query.allSatisfy { parameters.contains($0.key) }, "\(name) sends a parameter that it does not declare")
        var remaining = arguments[...]
        let segments = segments.map { $0.hasPrefix("{") ? remaining.popFirst() ?? $0 : $0 }
        assert(remaining.isEmpty && !segments.contains { $0.hasPrefix("{") }, "\(name) has another number of arguments")
        return ARIHTTPRequest(
            operation: name,
            method: method,
            path: segments,
            query: query.compactMap { name, value in value.map { (name, $0) } },
            timeout: timeout
        )
    }
}

extension ARIOperation {
    /// Every operation that this module uses.
    package static let all: [ARIOperation] = [
        getInfo, listModules, getGlobalVariable, getObject, getSound, getApplication, subscribe, unsubscribe,
        listChannels,
        getChannel,
        hangUp, continueInDialplan, answer, progress, play, record, getVariable, setVariable, snoop, listBridges,
        getBridge,
        createBridge, destroyBridge, addChannel, removeChannel, listEndpoints, getEndpoint, events, userEvent,
        getPlayback, stopPlayback,
    ]

    static let getInfo = Self("asterisk.getInfo", .get, "/asterisk/info")
    static let listModules = Self("asterisk.listModules", .get, "/asterisk/modules")
    static let getGlobalVariable = Self(
        "asterisk.getGlobalVar",
        .get,
        "/asterisk/variable",
        parameters: ["variable"]
    )

    static let getObject = Self(
        "asterisk.getObject",
        .get,
        "/asterisk/config/dynamic/{configClass}/{objectType}/{id}"
    )

    static let getSound = Self("sounds.get", .get, "/sounds/{soundId}")

    static let getApplication = Self("applications.get", .get, "/applications/{applicationName}")
    static let subscribe = Self(
        "applications.subscribe",
        .post,
        "/applications/{applicationName}/subscription",
        parameters: ["eventSource"]
    )
    static let unsubscribe = Self(
        "applications.unsubscribe",
        .delete,
        "/applications/{applicationName}/subscription",
        parameters: ["eventSource"]
    )

    static let listChannels = Self("channels.list", .get, "/channels")
    static let getChannel = Self("channels.get", .get, "/channels/{channelId}")
    static let hangUp = Self("channels.hangup", .delete, "/channels/{channelId}")
    static let continueInDialplan = Self(
        "channels.continueInDialplan",
        .post,
        "/channels/{channelId}/continue",
        parameters: ["context", "extension", "priority"]
    )
    static let progress = Self("channels.progress", .post, "/channels/{channelId}/progress")
    static let answer = Self("channels.answer", .post, "/channels/{channelId}/answer")
    static let play = Self(
        "channels.playWithId",
        .post,
        "/channels/{channelId}/play/{playbackId}",
        parameters: ["media"]
    )
    static let record = Self(
        "channels.record",
        .post,
        "/channels/{channelId}/record",
        parameters: ["name", "format", "ifExists", "terminateOn"]
    )
    static let getVariable = Self(
        "channels.getChannelVar",
        .get,
        "/channels/{channelId}/variable",
        parameters: ["variable"]
    )
    static let setVariable = Self(
        "channels.setChannelVar",
        .post,
        "/channels/{channelId}/variable",
        parameters: ["variable", "value"]
    )
    static let snoop = Self(
        "channels.snoopChannelWithId",
        .post,
        "/channels/{channelId}/snoop/{snoopId}",
        parameters: ["spy", "whisper", "app", "appArgs"]
    )

    static let listBridges = Self("bridges.list", .get, "/bridges")
    static let getBridge = Self("bridges.get", .get, "/bridges/{bridgeId}")
    static let createBridge = Self("bridges.createWithId", .post, "/bridges/{bridgeId}", parameters: ["type", "name"])
    static let destroyBridge = Self("bridges.destroy", .delete, "/bridges/{bridgeId}")
    static let addChannel = Self(
        "bridges.addChannel",
        .post,
        "/bridges/{bridgeId}/addChannel",
        parameters: ["channel", "role", "absorbDTMF", "mute"]
    )

    static let removeChannel = Self(
        "bridges.removeChannel",
        .post,
        "/bridges/{bridgeId}/removeChannel",
        parameters: ["channel"]
    )

    static let listEndpoints = Self("endpoints.list", .get, "/endpoints")
    static let getEndpoint = Self("endpoints.get", .get, "/endpoints/{tech}/{resource}")

    /// The WebSocket of events. The transport opens it; it is listed because it is used.
    static let events = Self("events.eventWebsocket", .get, "/events", parameters: ["app"])
    static let userEvent = Self("events.userEvent", .post, "/events/user/{eventName}", parameters: ["application"])

    static let getPlayback = Self("playbacks.get", .get, "/playbacks/{playbackId}")
    static let stopPlayback = Self("playbacks.stop", .delete, "/playbacks/{playbackId}")
}
