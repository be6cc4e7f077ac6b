/// A user's `SPY_PARAMS`: ChanSpy's option letters, by default `ESsb`.
///
/// Every letter of ChanSpy is known here with its argument (`reference/chanspy.md` a2); what has no effect is reported
/// as a warning, and parameters that are malformed in any place mean the default as a whole.
package struct SpyParams: Hashable, Sendable {
    /// `E`: the session ends when the monitored channel hangs up.
    package var exitsWhenTargetHangsUp = false
    /// `S`: the session stops when no channel is left to monitor, instead of waiting for the next one.
    package var stopsWhenNoChannelIsLeft = false
    /// `s`: the announcement does not say the channel's type before the extension.
    package var skipsChannelType = false
    /// `b`: only channels that are in a call with somebody.
    package var onlyBridged = false
    /// `q`: no beep and no announcement.
    package var isQuiet = false
    /// `c()`: the key for the next channel.
    package var nextKey = TelephoneKey.star
    /// `x()`: the key that ends the session; nil for none.
    package var exitKey: TelephoneKey?
    /// `d`: 4, 5 and 6 choose the mode.
    package var switchesModeByKey = false
    /// `X`: a digit that is an extension of the dialplan leads there.
    package var exitsToExtension = false
    /// `e()`: whom the supervisor may monitor; nil for everybody.
    package var allowedTargets: [AllowedTarget]?
    /// `g()`: the groups of which a target must have one in its `SPYGROUP`; nil for everybody.
    package var groups: Set<String>?
    /// `n()`: the announcement is the name that is recorded in this mailbox.
    package var announcedName: VoicemailName?
    /// `N`: the supervisor's channel is not answered; what they hear is early media.
    package var staysUnanswered = false
    /// `o`: the supervisor hears the target alone, and not whom the target talks to.
    package var hearsOnlyTarget = false
    /// `W`: who whispers hears nothing.
    package var whispersInPrivate = false
    /// `v()`: how loud the supervisor hears at first.
    package var volume = ListeningVolume.unchanged
    /// `r()`: what the supervisor hears is recorded, under names that begin like this; nil for no recording.
    package var recordingBase: String?

    package init() {}

    /// What a missing `SPY_PARAMS` means.
    package static let standardText = "ESsb"

    /// The meaning of ``standardText``.
    package static let standard: SpyParams = {
        var params = SpyParams()
        params.exitsWhenTargetHangsUp = true
        params.stopsWhenNoChannelIsLeft = true
        params.skipsChannelType = true
        params.onlyBridged = true
        return params
    }()

    /// What the variable's text means, and what of it is worth a warning.
    ///
    /// A missing or empty variable means the default: Asterisk reports a variable that is not set as an empty one in
    /// `channelvars`, so the two cannot be told apart.
    package static func read(_ text: String?) -> (params: SpyParams, warnings: [SpyParamsWarning]) {
        let text = (text ?? "").filter { !$0.isWhitespace }
        guard !text.isEmpty else { return (.standard, []) }
        do throws(SpyParamsError) {
            var params = SpyParams()
            var ignored: [SpyParamsWarning] = []
            for option in try SpyOption.parse(text) {
                if let reason = try params.apply(option) { ignored.append(.ignored(option.letter, reason)) }
            }
            return (params, ignored)
        } catch {
            var params = SpyParams.standard
            // Somebody may have meant to limit them, and nobody knows to whom: in doubt nobody is heard.
            if text.contains("e") || text.contains("g") { params.allowedTargets = [] }
            return (params, [.malformed(error)])
        }
    }

    /// Why the text means the default as a whole; nil for a text that is understood.
    package static func problem(in text: String) -> SpyParamsError? {
        for case .malformed(let error) in read(text).warnings { return error }
        return nil
    }

    /// Which of the target's audio the supervisor hears in this mode.
    package func hearing(in mode: MonitoringMode) -> SpyDirection {
        if whispersInPrivate && mode == .whisper { return .none }
        return hearsOnlyTarget ? .in : .both
    }

    /// - Returns: why the option has no effect, or nil when it has.
    private mutating func apply(_ option: SpyOption) throws(SpyParamsError) -> SpyParamsWarning.IgnoredReason? {
        if try applyWithArgument(option) { return nil }
        guard option.argument == nil else { throw .badArgument(option.letter) }
        switch option.letter {
        case .exitsWhenTargetHangsUp: exitsWhenTargetHangsUp = true
        case .stopsWhenNoChannelIsLeft: stopsWhenNoChannelIsLeft = true
        case .skipsChannelType: skipsChannelType = true
        case .onlyBridged: onlyBridged = true
        case .isQuiet: isQuiet = true
        case .switchesModeByKey: switchesModeByKey = true
        case .exitsToExtension: exitsToExtension = true
        case .staysUnanswered: staysUnanswered = true
        case .hearsOnlyTarget: hearsOnlyTarget = true
        case .whispersInPrivate: whispersInPrivate = true
        case .whisper, .barge: return .modeComesFromTheCode
        case .longQueue, .interleave: return .noMeaningForASnoopChannel
        case .uniqueID: return .targetComesFromTheCode
        case .nextKey, .exitKey, .allowedTargets, .groups, .announcedName, .recordingBase, .volume: break
        }
        return nil
    }

    /// - Returns: whether the letter is one that takes an argument.
    private mutating func applyWithArgument(_ option: SpyOption) throws(SpyParamsError) -> Bool {
        switch option.letter {
        case .nextKey: nextKey = try option.key()
        case .exitKey: exitKey = try option.key()
        case .allowedTargets: allowedTargets = try option.items().map(AllowedTarget.init)
        case .groups: groups = Set(try option.items())
        case .announcedName: announcedName = try option.mailbox()
        case .recordingBase: recordingBase = try option.recordingBase()
        case .volume: volume = try option.volume()
        default: return false
        }
        return true
    }
}

/// One entry of `e()`: an extension, or a whole endpoint such as `PJSIP/101-softphone`.
package enum AllowedTarget: Hashable, Sendable {
    case `extension`(String)
    /// Technologies do not differ by case, resources do.
    case endpoint(EndpointName)

    package init(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            self = .endpoint(EndpointName(technology: parts[0].uppercased(), resource: String(parts[1])))
        } else {
            self = .extension(text)
        }
    }

    /// Whether the entry stands for this endpoint of this extension, by equality.
    func covers(_ endpoint: EndpointName, of target: Extension) -> Bool {
        switch self {
        case .extension(let digits): digits == target.digits
        case .endpoint(let name):
            name.resource == endpoint.resource && name.technology == endpoint.technology.uppercased()
        }
    }
}

/// Whose recorded name announces a target: a mailbox of Asterisk's voicemail, and its context.
package struct VoicemailName: Hashable, Sendable {
    /// Nil for the target's own extension.
    package var mailbox: String?
    package var context: String

    package init(mailbox: String? = nil, context: String = "default") {
        self.mailbox = mailbox
        self.context = context
    }
}

/// Which of a channel's audio a snoop hears, seen from Asterisk.
package enum SpyDirection: String, Sendable, Hashable {
    /// Nothing.
    case none
    /// What comes in from the monitored channel: what its own user says.
    case `in`
    /// That, and what its user hears.
    case both
}

/// Something in `SPY_PARAMS` that does not do what its author may expect.
package enum SpyParamsWarning: Hashable, Sendable {
    package enum IgnoredReason: String, Hashable, Sendable {
        /// `w`, `B`: `*91`, `*92` and `*93` say what the mode is.
        case modeComesFromTheCode = "the mode comes from the code dialled"
        /// `l`, `D`.
        case noMeaningForASnoopChannel = "has no meaning for a snoop channel"
        /// `u`.
        case targetComesFromTheCode = "the target comes from the code dialled"
    }

    case ignored(SpyOption.Letter, IgnoredReason)
    /// The whole text was replaced by the default.
    case malformed(SpyParamsError)
}

/// Why a text is no list of ChanSpy options.
package enum SpyParamsError: Error, Hashable, Sendable {
    case unknownLetter(Character)
    case unclosedArgument(SpyOption.Letter)
    /// The letter takes no argument, or the argument is not one that it takes.
    case badArgument(SpyOption.Letter)
}

extension SpyParamsError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownLetter(let letter): "\(letter) is no option"
        case .unclosedArgument(let letter): "the argument of \(letter.rawValue) has no closing parenthesis"
        case .badArgument(let letter): "the argument of \(letter.rawValue) is not one that it takes"
        }
    }
}
