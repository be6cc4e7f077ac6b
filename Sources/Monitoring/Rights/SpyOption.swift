/// One option of ChanSpy: a letter, and the argument in parentheses that some letters take.
package struct SpyOption: Hashable, Sendable {
    /// Every letter that ChanSpy has (`app_chanspy.c`; `reference/chanspy.md` a2), by the name of what it sets in ``SpyParams``.
    package enum Letter: Character, Hashable, Sendable, CaseIterable {
        case onlyBridged = "b"
        case barge = "B"
        case nextKey = "c"
        case switchesModeByKey = "d"
        case interleave = "D"
        case allowedTargets = "e"
        case exitsWhenTargetHangsUp = "E"
        case groups = "g"
        case longQueue = "l"
        case announcedName = "n"
        case staysUnanswered = "N"
        case hearsOnlyTarget = "o"
        case isQuiet = "q"
        case recordingBase = "r"
        case skipsChannelType = "s"
        case stopsWhenNoChannelIsLeft = "S"
        case uniqueID = "u"
        case volume = "v"
        case whisper = "w"
        case whispersInPrivate = "W"
        case exitKey = "x"
        case exitsToExtension = "X"
    }

    package let letter: Letter
    /// What stood in the parentheses; nil without parentheses.
    package let argument: String?

    package init(letter: Letter, argument: String? = nil) {
        self.letter = letter
        self.argument = argument
    }

    /// Splits a text such as `ESsbv(2)g(sales:support)` into options, in order.
    package static func parse(_ text: String) throws(SpyParamsError) -> [SpyOption] {
        var options: [SpyOption] = []
        var rest = Substring(text)
        while let character = rest.popFirst() {
            guard let letter = Letter(rawValue: character) else { throw .unknownLetter(character) }
            var argument: String?
            if rest.first == "(" {
                guard let end = rest.firstIndex(of: ")") else { throw .unclosedArgument(letter) }
                argument = String(rest[rest.index(after: rest.startIndex)..<end])
                rest = rest[rest.index(after: end)...]
            }
            options.append(SpyOption(letter: letter, argument: argument))
        }
        return options
    }
}
