package import ARI

extension AsteriskWorld {
    /// A recording that was asked for over ARI, from then on.
    package struct Recording: Sendable, Hashable {
        /// Its name.
        package var name: String
        /// Its format.
        package var format: String
        /// What it records.
        package var channel: Channel.ID
        /// How far it is.
        package var state: LiveRecording.State

        /// True unless it failed: no other recording can have its name.
        var holdsName: Bool { state != .failed }
        /// True if it is over.
        var isOver: Bool { state == .done || state == .failed }
    }

    /// A recording by its name; the last one if several were asked for.
    package func recording(_ name: String) -> Recording? {
        recordings.last { $0.name == name }
    }

    /// The recordings that are not over.
    package var currentRecordings: [Recording] { recordings.filter { !$0.isOver } }

    /// True while the channel records: it obeys no command until it is hung up.
    func isRecording(_ id: Channel.ID) -> Bool {
        recordings.contains { $0.channel == id && $0.state == .recording }
    }

    /// Begins a recording, or puts it behind the one that the channel makes. Asterisk looks at the file's name at once,
    /// and at the channel's bridge only later (`res/res_stasis_recording.c`).
    mutating func record(_ id: Channel.ID, _ call: RequestCall) -> ARIHTTPResponse {
        let name = call["name"] ?? ""
        let format = call["format"] ?? ""
        guard !name.isEmpty, !name.split(separator: "/").contains("..") else {
            violate(call.operation, "no recording can have the name \"\(name)\"")
            return .refusal(500, "Error parsing request")
        }
        guard Self.recordingFormats.contains(format) else {
            return .refusal(422, "specified format is unknown on this system")
        }
        guard !recordings.contains(where: { $0.name == name && $0.holdsName }) else {
            return .refusal(409, "Recording '\(name)' already exists and can not be overwritten")
        }
        let recording = Recording(name: name, format: format, channel: id, state: .queued)
        let isFirst = !isRecording(id)
        recordings.append(recording)
        if leg(id)?.bridge != nil {
            setState(.failed, at: recordings.endIndex - 1)
        } else if isFirst {
            setState(.recording, at: recordings.endIndex - 1)
        } else {
            violate(call.operation, "\(id) records already")
        }
        return .success(Self.json(recording), status: 201)
    }

    private static let recordingFormats: Set = ["wav", "WAV", "gsm", "ulaw", "alaw", "sln", "sln16", "g722"]

    /// Ends what a channel records. The file is closed before the channel leaves Stasis.
    mutating func finishRecordings(of id: Channel.ID) {
        for index in recordings.indices where recordings[index].channel == id && !recordings[index].isOver {
            if recordings[index].state == .queued { setState(.recording, at: index) }
            setState(.done, at: index)
        }
    }

    /// Changes a recording's state, and tells the application of the channel.
    private mutating func setState(_ state: LiveRecording.State, at index: Int) {
        recordings[index].state = state
        let types = [
            LiveRecording.State.recording: "RecordingStarted", .done: "RecordingFinished", .failed: "RecordingFailed",
        ]
        guard let type = types[state], case .stasis(let application) = leg(recordings[index].channel)?.place else {
            return
        }
        send(type, to: application, [.init("recording", Self.json(recordings[index]))])
    }

    /// A recording as ARI describes it.
    private static func json(_ recording: Recording) -> JSONValue {
        var fields: [JSONValue.Field] = [
            .init("name", .string(recording.name)),
            .init("format", .string(recording.format)),
            .init("state", .string(recording.state.rawValue)),
            .init("target_uri", .string("channel:\(recording.channel)")),
        ]
        if recording.state == .done { fields.append(.init("duration", 1)) }
        if recording.state == .failed { fields.append(.init("cause", "Cannot record channel while in bridge")) }
        return .object(fields)
    }
}
