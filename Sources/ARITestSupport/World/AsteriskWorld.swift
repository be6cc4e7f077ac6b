package import ARI

import struct Monitoring.EndpointName

/// A small Asterisk: channels, bridges and Stasis applications that behave as Asterisk 22's do, without any network,
/// audio or time.
///
/// It answers ARI's requests with Asterisk's statuses and words (``handle(_:)``), takes what people at phones do
/// (``dial(from:_:variables:arguments:application:)``, ``hangUp(_:)`` …), and puts events into ``takeEvents()`` in the
/// order in which Asterisk sends them. It computes who hears whom, and it keeps a ledger: a request that can never
/// make sense, such as a snoop of a channel that never existed, is a ``Violation``; one that merely came too late is
/// answered as Asterisk answers it, and is none.
package struct AsteriskWorld: Sendable, Equatable {
    /// Where a channel is as far as Stasis is concerned.
    package enum Place: Sendable, Hashable {
        /// In the dialplan, in `Dial()`, anywhere but in Stasis.
        case dialplan
        /// On its way into the application: ARI cannot control it yet.
        case enteringStasis(application: String, arguments: [String])
        /// In the application.
        case stasis(application: String)
    }

    /// A channel of the world.
    package struct Leg: Sendable, Equatable {
        /// What ARI shows.
        package var channel: Channel
        /// Where it is.
        package var place: Place
        /// The bridge it is in.
        package var bridge: Bridge.ID?
        /// The variables it has, whether ARI lists them in `channelvars` or not.
        package var variables: [String: String]
        /// What it snoops on; nil if it is somebody's phone.
        package var snoop: Snoop?
        /// The audio hooks that its snoops have put on it; nil if there are none.
        var hooks: AudioHooks?
        /// True if its bridge does not hear it.
        package var isMuted = false
        /// Its role in a holding bridge.
        package var role: String?
        /// The other channel of its call, which ends with it; nil for a supervisor or a snoop.
        var partner: Channel.ID?
        /// Where it is to go on in the dialplan as soon as nothing is played to it any more.
        var continuation: DialplanPlace?
        /// It is hanging up: still listed, and nothing can be done with it any more.
        var isEnding = false
        /// Its bridge was destroyed under it: Asterisk loses what is to be played to it while it leaves.
        var isThrownOut = false
    }

    /// What a snoop does.
    package struct Snoop: Sendable, Equatable {
        /// The channel it hears.
        package var target: Channel.ID
        /// What it hears of that channel.
        package var spy: AudioDirection
        /// Who hears what is said into it.
        package var whisper: AudioDirection
    }

    /// A playback and what it plays after the present medium.
    struct PlayingMedia: Sendable, Equatable {
        var playback: Playback
        var channel: Channel.ID
        var remaining: [String]
        /// True from its first medium on that can be stopped.
        var isControllable = false
        /// True if the present medium is spoken, which cannot be stopped.
        var isSpoken: Bool { ["digits:", "number:", "characters:"].contains { playback.mediaURI.hasPrefix($0) } }
    }

    /// A connected or remembered Stasis application.
    struct Application: Sendable, Equatable {
        /// True while a WebSocket delivers its events.
        var isConnected = false
        /// Explicit subscriptions and how often each was asked for.
        var subscriptions: [EventSource: Int] = [:]
    }

    /// An event on its way to an application, as JSON.
    package struct Message: Sendable, Equatable {
        /// Whose WebSocket it goes to.
        package var application: String
        /// The event's type.
        package var type: String
        /// The event.
        package var bytes: [UInt8]
    }

    /// The variables that `channelvars` of `ari.conf` lists.
    package var listedVariables: [String] = []
    /// Tells when a snoop, or a supervisor who has dialled, enters Stasis: at once, or when ``settle()`` is called.
    package var entersStasisAtOnce = true
    /// Tells when a playback ends: at once, or when ``finishPlayback(_:state:)`` is called.
    package var playbacksEndAtOnce = true
    /// Lets a channel's audio hooks go with its last snoop, or only when ``passPackets()`` is called.
    package var hooksGoAtOnce = true
    /// A new partner's packets are numbered lower than the old one's, so that old audio hooks drop them.
    package var numbersNewPartnersLower = false
    /// The channels that Asterisk plays a file to, in their call.
    var filesPlayed: Set<Channel.ID> = []
    /// Asterisk's release, as `GET /asterisk/info` tells it.
    package var version = "22.10.1"
    /// Media that Asterisk does not have: a playback of one fails.
    package var missingMedia: Set<String> = []
    /// The global variables, as `GET /asterisk/variable` tells them.
    package var globalVariables = ["ASTSPOOLDIR": "/var/spool/asterisk"]
    /// The lines of the dialplan besides those that led into Stasis: what `DIALPLAN_EXISTS` finds, and where a channel
    /// that is sent there goes on until it is hung up.
    package var dialplan: Set<DialplanPlace> = []
    /// Everything that was recorded, in order of asking.
    package internal(set) var recordings: [Recording] = []
    /// What Asterisk said it would play, and never will.
    package internal(set) var lostPlaybacks: [Playback.ID] = []
    /// What the requests did that no correct client does.
    package internal(set) var violations: [Violation] = []

    var legs = LegTable()
    var bridges = OrderedTable<Bridge.ID, Bridge>()
    var endpoints = OrderedTable<EndpointName, Endpoint>()
    /// What is played or waits to be played, in order of asking, with the media that come after the present one.
    var playbacks: [PlayingMedia] = []
    /// The variables of channels that are gone, as they were last.
    var lastVariables: [Channel.ID: [String: String]] = [:]
    /// Where channels were told to go on in the dialplan.
    var continuations: [Channel.ID: DialplanPlace] = [:]
    /// The `set_var` lines of endpoints, by extension.
    var endpointVariables: [String: [String: String]] = [:]
    var applications: [String: Application] = [:]
    var modules: [AsteriskModule] = Self.usualModules
    /// Channels whose voice does not flow. A snoop stays listed after it has ended until the next packet of the channel that it is on.
    var silentChannels: Set<Channel.ID> = []
    var lingering: [Channel] = []
    var ledger = Ledger()
    private var outbox: [Message] = []
    private var counter = 0

    /// Creates a world with these endpoints, each `PJSIP/…`, and nothing else.
    package init(extensions: [String] = []) {
        for name in extensions { addEndpoint(name) }
    }

    private static let usualModules = [
        "res_ari.so", "res_ari_applications.so", "res_ari_asterisk.so", "res_ari_bridges.so", "res_ari_channels.so",
        "res_ari_endpoints.so", "res_ari_events.so", "res_ari_playbacks.so", "res_stasis.so", "res_stasis_answer.so",
        "res_stasis_playback.so", "res_stasis_snoop.so", "res_stasis_recording.so", "res_ari_recordings.so",
        "res_timing_timerfd.so",
        "bridge_simple.so", "func_volume.so", "func_dialplan.so", "func_callerid.so", "func_channel.so",
        "func_strings.so", "format_wav.so",
    ].map { AsteriskModule(name: $0, status: "Running") }
}

// MARK: - What is there

extension AsteriskWorld {
    /// A channel that lives, by its ID or, as ARI takes it too, by its exact name.
    package func leg(_ id: Channel.ID) -> Leg? {
        legs.called(id.rawValue)
    }

    /// All channels that live, oldest first.
    package var livingLegs: [Leg] { Array(legs) }

    func endpoint(_ technology: String, _ resource: String) -> Endpoint? {
        endpoints[EndpointName(technology: technology, resource: resource)]
    }

    /// A bridge that exists.
    package func bridge(_ id: Bridge.ID) -> Bridge? {
        bridges[id]
    }

    /// All bridges that exist, oldest first.
    package var allBridges: [Bridge] { Array(bridges) }

    /// The snoops that live.
    package var snoops: [Leg] { legs.filter { $0.snoop != nil } }

    /// The playbacks that are not over.
    package var currentPlaybacks: [Playback] { playbacks.map(\.playback) }

    /// A variable of a channel, also of one that is gone: as it was last.
    package func variable(_ name: String, of id: Channel.ID) -> String? {
        (leg(id)?.variables ?? lastVariables[id])?[name]
    }

    /// Where a channel was told to go on in the dialplan, also one that is gone; nil if it was not.
    package func continuation(of id: Channel.ID) -> DialplanPlace? {
        continuations[id]
    }

    /// Takes the events that happened since the last call.
    package mutating func takeEvents() -> [Message] {
        defer { outbox = [] }
        return outbox
    }
}

// MARK: - Changing it

extension AsteriskWorld {
    /// A number that was never given before.
    mutating func next() -> Int {
        counter += 1
        return counter
    }

    /// A number as it stands at the end of a channel's name.
    static func padded(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }

    /// The time of the world: one millisecond later each time it is asked for.
    mutating func timestamp() -> String {
        let milliseconds = next()
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        let (minutes, second) = seconds.quotientAndRemainder(dividingBy: 60)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let time = "\(padded(8 + minutes / 60 % 16, 2)):\(padded(minutes % 60, 2)):\(padded(second, 2))"
        return "2026-03-01T\(time).\(padded(rest, 3))+0000"
    }

    mutating func post(_ message: Message) {
        outbox.append(message)
    }

    mutating func change(_ id: Channel.ID, _ body: (inout Leg) -> Void) {
        legs.change(id, body)
    }

    mutating func change(_ id: Bridge.ID, _ body: (inout Bridge) -> Void) {
        bridges.change(id, body)
    }
}
