import Monitoring
import Testing

@Suite struct SpyPermissionTests {
    @Test(arguments: [
        (nil, SpyPermission.none), ("", .none), ("No permission", .none), ("NO  PERMISSION", .none),
        ("Listen", .upTo(.listen)), ("whisper", .upTo(.whisper)), (" bArge ", .upTo(.barge)),
    ])
    func `known values are read whatever their case and spaces`(text: String?, permission: SpyPermission) {
        let read = SpyPermission.read(text)
        #expect(read.permission == permission)
        #expect(read.isUnderstood)
    }

    @Test(arguments: ["Supreme", "barge!", "listen,barge", "yes", "3", "ｂarge"])
    func `an unknown value means no permission and is reported`(text: String) {
        let read = SpyPermission.read(text)
        #expect(read.permission == .none)
        #expect(!read.isUnderstood)
    }

    @Test func `each permission includes the lower modes and no higher one`() {
        for (rank, highest) in MonitoringMode.allCases.enumerated() {
            for (index, mode) in MonitoringMode.allCases.enumerated() {
                #expect(SpyPermission.upTo(highest).allows(mode) == (index <= rank))
            }
            #expect(!SpyPermission.none.allows(highest))
        }
    }
}

@Suite struct DisableSpyTests {
    @Test(arguments: [nil, "", "no", "No", "false", "n", "f", "0", "off", " no "])
    func `no and its synonyms leave monitoring on`(text: String?) {
        #expect(DisableSpy.read(text) == (false, true))
    }

    @Test(arguments: ["yes", "YES", "true", "y", "t", "1", "on"])
    func `yes and its synonyms close monitoring`(text: String) {
        #expect(DisableSpy.read(text) == (true, true))
    }

    @Test(arguments: ["maybe", "-", "2", "nein"])
    func `a value that is not understood closes monitoring`(text: String) {
        #expect(DisableSpy.read(text) == (true, false))
    }
}

@Suite struct SpyParamsTests {
    @Test(arguments: [nil, "", "  "])
    func `nothing set means the default`(text: String?) {
        let read = SpyParams.read(text)
        #expect(read.params == .standard)
        #expect(read.warnings.isEmpty)
        #expect(SpyParams.read("ESsb").params == .standard)
    }

    @Test func `each honoured letter sets its own option and no other`() {
        #expect(SpyParams.read("E").params == SpyParams(exitsWhenTargetHangsUp: true))
        #expect(SpyParams.read("S").params == SpyParams(stopsWhenNoChannelIsLeft: true))
        #expect(SpyParams.read("s").params == SpyParams(skipsChannelType: true))
        #expect(SpyParams.read("b").params == SpyParams(onlyBridged: true))
        #expect(SpyParams.read("q").params == SpyParams(isQuiet: true))
    }

    @Test func `every letter of ChanSpy is honoured or reported`() {
        let arguments: [SpyOption.Letter: String] = [
            .cycleDigit: "(7)", .exitDigit: "(#)", .enforcedList: "(101:102)", .group: "(sales)", .volume: "(-2)",
            .mailboxName: "(101@default)", .record: "(base)",
        ]
        let honoured: Set<SpyOption.Letter> = [.exitOnHangup, .stopWhenEmpty, .skipType, .bridgedOnly, .quiet]
        for letter in SpyOption.Letter.allCases {
            let read = SpyParams.read("\(letter.rawValue)\(arguments[letter] ?? "")")
            let reported = read.warnings.contains { warning in
                if case .ignored(letter, _) = warning { true } else { false }
            }
            #expect(reported != honoured.contains(letter), "\(letter)")
        }
    }

    @Test func `the mode never comes from the parameters`() {
        #expect(
            SpyParams.read("ESsbwB").warnings == [
                .ignored(.whisper, .modeComesFromTheCode), .ignored(.barge, .modeComesFromTheCode),
            ]
        )
        #expect(SpyParams.read("ESsbwB").params == .standard)
    }

    @Test(arguments: [
        ("E(S!", SpyParamsError.unclosedArgument(.exitOnHangup)),
        ("ESsbZ", .unknownLetter("Z")),
        ("E S,b", .unknownLetter(",")),
        ("v(9)", .badArgument(.volume)),
        ("v()", .badArgument(.volume)),
        ("v", .badArgument(.volume)),
        ("x(12)", .badArgument(.exitDigit)),
        ("c", .badArgument(.cycleDigit)),
        ("g()", .badArgument(.group)),
        ("q(1)", .badArgument(.quiet)),
        (")", .unknownLetter(")")),
        ("(", .unknownLetter("(")),
        ("🦻", .unknownLetter("🦻")),
    ])
    func `malformed parameters mean the default, with a warning`(text: String, error: SpyParamsError) {
        let read = SpyParams.read(text)
        #expect(read.params == .standard)
        #expect(read.warnings == [.malformed(error)])
    }

    @Test func `settings gather every warning`() {
        let settings = SupervisorSettings(spyPermission: "Supreme", disableSpy: "perhaps", spyParams: "?")
        #expect(
            settings.warnings == [.unknownPermission, .unknownDisableSpy, .params(.malformed(.unknownLetter("?")))]
        )
        #expect(settings.permission == .none)
        #expect(settings.isDisabled)
    }
}
