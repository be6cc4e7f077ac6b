/// Which direction of a channel's audio, seen from Asterisk.
package enum AudioDirection: String, Sendable, Hashable, CaseIterable {
    /// No audio.
    case none
    /// What comes in from the channel's own party: what that party says. A whisper in this direction is heard by the
    /// other channels of its bridge.
    case `in`
    /// What goes out to that party: what it hears. A whisper in this direction is heard by that party only.
    case out
    /// Both.
    case both
}

extension ARIClient {
    /// A channel.
    ///
    /// - Throws: `notFound` if it is gone.
    package func channel(_ id: Channel.ID) async throws -> Channel {
        try await send(ARIOperation.getChannel.request(id.rawValue, timeout: timeout))
    }

    /// All channels of this Asterisk. ARI has no filter: the answer grows with the traffic of the PBX.
    package func channels() async throws -> [Channel] {
        try await send(ARIOperation.listChannels.request(timeout: timeout))
    }

    /// The value of a variable or dialplan function of a channel, which need not be in Stasis.
    ///
    /// - Returns: nil if the channel has no such variable.
    /// - Throws: `notFound` if the channel is gone, `serverError` if a function has no value, such as `VOLUME(TX)` before
    ///   it is set.
    package func variable(_ name: String, of channel: Channel.ID) async throws -> String? {
        let request = ARIOperation.getVariable.request(channel.rawValue, query: ["variable": name], timeout: timeout)
        return try await value(request)
    }

    /// The values of several variables of a channel, which need not be in Stasis: one request, and so one moment.
    ///
    /// By the dialplan function `EVAL` (`func_strings`), which replaces variables once and leaves their values as they are
    /// (measured on 22.10.1). A function of a channel such as `CHANNEL(name)` can stand among the names.
    ///
    /// - Parameter names: made of what does not end or split a dialplan expression.
    /// - Returns: those that have a value; a global variable counts for every channel that has none of its own.
    /// - Throws: `notFound` if the channel is gone, `unexpectedAnswer` if the values cannot be told apart.
    package func variables(_ names: [String], of channel: Channel.ID) async throws -> [String: String] {
        let expression = "EVAL(\(names.map { "${\($0)}" }.joined(separator: "\u{1F}")))"
        guard let text = try await variable(expression, of: channel) else { return [:] }
        let values = text.utf8.split(separator: Self.separator, omittingEmptySubsequences: false).map {
            String(Substring($0))
        }
        guard values.count == names.count else {
            throw ARIError(
                .unexpectedAnswer,
                operation: ARIOperation.getVariable.name,
                message: "\(values.count) values for \(names.count) variables"
            )
        }
        return Dictionary(zip(names, values).filter { !$0.1.isEmpty }) { first, _ in first }
    }

    /// ASCII's unit separator, which no value has in it that somebody has typed.
    private static let separator: UInt8 = 0x1F

    /// Sets a variable or dialplan function of a channel that is in Stasis.
    ///
    /// - Throws: `notFound` if the channel is gone, `notInStasis` if it is not in Stasis.
    package func setVariable(_ name: String, to value: String, on channel: Channel.ID) async throws {
        let query: KeyValuePairs<String, String?> = ["variable": name, "value": value]
        try await send(ARIOperation.setVariable.request(channel.rawValue, query: query, timeout: timeout))
    }

    /// Answers a channel that is in Stasis. Of no effect on one that is answered already.
    ///
    /// - Throws: `notFound` if the channel is gone, `notInStasis` if it has left Stasis.
    package func answer(_ channel: Channel.ID) async throws {
        try await send(ARIOperation.answer.request(channel.rawValue, timeout: timeout))
    }

    /// Lets an unanswered channel that is in Stasis hear what it is sent, by early media. Of no effect on one that is
    /// answered already.
    ///
    /// - Throws: `notFound` if the channel is gone, or the release has no such request (it came with 20.16, 21.11 and
    ///   22.6); `notInStasis` if it has left Stasis.
    package func startEarlyMedia(_ channel: Channel.ID) async throws {
        try await send(ARIOperation.progress.request(channel.rawValue, timeout: timeout))
    }

    /// Hangs a channel up, in Stasis or not.
    ///
    /// A snoop of a silent channel ends for us at its `StasisEnd`; it may stay listed for as long as that channel is
    /// silent. Neither wait for it nor hang it up again.
    @discardableResult
    package func hangUp(_ channel: Channel.ID) async throws -> Removal {
        try await remove(ARIOperation.hangUp.request(channel.rawValue, timeout: timeout))
    }

    /// Lets a channel leave Stasis and go on in the dialplan, as soon as it is not played anything any more.
    ///
    /// - Parameter place: where it goes on; nil for behind the line that brought it here. Asterisk does not look whether
    ///   there is such a place: a channel that is sent to one that does not exist is hung up.
    /// - Throws: `notFound` if the channel is gone, `notInStasis` if it has left Stasis.
    package func continueInDialplan(_ channel: Channel.ID, at place: DialplanPlace? = nil) async throws {
        let query: KeyValuePairs<String, String?> = [
            "context": place?.context,
            "extension": place?.exten,
            "priority": place.map { String($0.priority) },
        ]
        try await send(ARIOperation.continueInDialplan.request(channel.rawValue, query: query, timeout: timeout))
    }

    /// Makes a snoop: a channel that hears another one, and may speak into it. The other one need not be in Stasis.
    ///
    /// The snoop enters Stasis by itself, often before this method returns; add it to a bridge after its
    /// `StasisStart`. Asterisk does not check the application's name: with a wrong one the snoop dies without any event.
    ///
    /// - Parameters:
    ///   - id: the new channel's ID, never used before.
    ///   - arguments: what `StasisStart` brings along. ARI separates them by commas, so none may hold one.
    /// - Throws: `notFound` if the channel is gone, `serverError` if it is about to go or the ID is in use,
    ///   `badRequest` if both directions are `none`.
    @discardableResult
    package func snoop(
        on channel: Channel.ID,
        as id: Channel.ID,
        spy: AudioDirection,
        whisper: AudioDirection,
        application: String,
        arguments: [String] = []
    ) async throws -> Channel {
        let query: KeyValuePairs<String, String?> = [
            "spy": spy.rawValue,
            "whisper": whisper.rawValue,
            "app": application,
            "appArgs": arguments.isEmpty ? nil : arguments.joined(separator: ","),
        ]
        return try await send(
            ARIOperation.snoop.request(channel.rawValue, id.rawValue, query: query, timeout: timeout)
        )
    }
}

extension ARIClient {
    /// The value that a request for a variable is answered; nil if there is no such variable.
    func value(_ request: ARIHTTPRequest) async throws -> String? {
        do {
            return try await send(request, for: Variable.self).value
        } catch let error as ARIError where error.saysVariableNotFound {
            return nil
        }
    }
}

private struct Variable: JSONReadable {
    let value: String

    init(json: JSONNode) throws(JSONProblem) { value = try json.read("value") }
}

extension ARIError {
    fileprivate var saysVariableNotFound: Bool {
        code == .notFound && message == AnswerMessage.variableNotFound
    }
}
