/// A user's `SPY_PARAMS`: ChanSpy's option letters, by default `ESsb`.
///
/// Every letter of ChanSpy is known here with its argument (`reference/chanspy.md` a2); what is not honoured is reported
/// as a warning, and parameters that are malformed in any place mean the default as a whole.
package struct SpyParams: Hashable, Sendable {
    /// `E`: the session ends when the monitored channel hangs up.
    package var exitsWhenTargetHangsUp: Bool
    /// `S`: the session stops when no channel is left to monitor.
    package var stopsWhenNoChannelIsLeft: Bool
    /// `s`: the announcement does not say the channel's type before the extension.
    package var skipsChannelType: Bool
    /// `b`: only channels that are in a call with somebody.
    package var onlyBridged: Bool
    /// `q`: no beep and no announcement.
    package var isQuiet: Bool

    package init(
        exitsWhenTargetHangsUp: Bool = false,
        stopsWhenNoChannelIsLeft: Bool = false,
        skipsChannelType: Bool = false,
        onlyBridged: Bool = false,
        isQuiet: Bool = false
    ) {
        self.exitsWhenTargetHangsUp = exitsWhenTargetHangsUp
        self.stopsWhenNoChannelIsLeft = stopsWhenNoChannelIsLeft
        self.skipsChannelType = skipsChannelType
        self.onlyBridged = onlyBridged
        self.isQuiet = isQuiet
    }

    /// `ESsb`.
    package static let standard = SpyParams(
        exitsWhenTargetHangsUp: true,
        stopsWhenNoChannelIsLeft: true,
        skipsChannelType: true,
        onlyBridged: true
    )

    /// What the variable's text means, and what of it is worth a warning.
    ///
    /// A missing or empty variable means the default: Asterisk reports a variable that is not set as an empty one in
    /// `channelvars`, so the two cannot be told apart.
    package static func read(_ text: String?) -> (params: SpyParams, warnings: [SpyParamsWarning]) {
        let text = (text ?? "").filter { !$0.isWhitespace }
        guard !text.isEmpty else { return (.standard, []) }
        do throws(SpyParamsError) {
            var params = SpyParams()
            var warnings: [SpyParamsWarning] = []
            for option in try SpyOption.parse(text) {
                if let reason = params.apply(option.letter) {
                    warnings.append(.ignored(option.letter, reason))
                }
            }
            if !params.stopsWhenNoChannelIsLeft { warnings.append(.waitingNotSupported) }
            return (params, warnings)
        } catch {
            return (.standard, [.malformed(error)])
        }
    }

    /// - Returns: why the letter has no effect, or nil when it has.
    private mutating func apply(_ letter: SpyOption.Letter) -> SpyParamsWarning.IgnoredReason? {
        switch letter {
        case .exitOnHangup: exitsWhenTargetHangsUp = true
        case .stopWhenEmpty: stopsWhenNoChannelIsLeft = true
        case .skipType: skipsChannelType = true
        case .bridgedOnly: onlyBridged = true
        case .quiet: isQuiet = true
        case .whisper, .barge: return .modeComesFromTheCode
        case .longQueue, .interleave: return .noMeaningForASnoopChannel
        case .uniqueID: return .targetComesFromTheCode
        case .cycleDigit, .switchByDigit, .enforcedList, .group, .mailboxName, .noAnswer, .fromTargetOnly, .record,
            .volume, .privateWhisper, .exitDigit, .exitToExtension:
            return .notSupported
        }
        return nil
    }
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
        case notSupported = "is not supported"
    }

    case ignored(SpyOption.Letter, IgnoredReason)
    /// Without `S` a session would wait for the extension's next call: it stops all the same.
    case waitingNotSupported
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
