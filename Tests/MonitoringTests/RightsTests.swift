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

    /// What each letter with effect sets; each sets its own option and no other.
    static let effects: [(text: String, set: @Sendable (inout SpyParams) -> Void)] = [
        ("E", { $0.exitsWhenTargetHangsUp = true }),
        ("S", { $0.stopsWhenNoChannelIsLeft = true }),
        ("s", { $0.skipsChannelType = true }),
        ("b", { $0.onlyBridged = true }),
        ("q", { $0.isQuiet = true }),
        ("d", { $0.switchesModeByKey = true }),
        ("X", { $0.exitsToExtension = true }),
        ("N", { $0.staysUnanswered = true }),
        ("o", { $0.hearsOnlyTarget = true }),
        ("W", { $0.whispersInPrivate = true }),
        ("c(7)", { $0.nextKey = TelephoneKey("7") ?? .star }),
        ("x(#)", { $0.exitKey = .hash }),
        ("v(-2)", { $0.volume = ListeningVolume(-2) ?? .unchanged }),
        ("g(sales:support)", { $0.groups = ["sales", "support"] }),
        (
            "e(101:pjsip/102-b)",
            {
                $0.allowedTargets = [
                    .extension("101"), .endpoint(EndpointName(technology: "PJSIP", resource: "102-b")),
                ]
            }
        ),
        ("n", { $0.announcedName = VoicemailName() }),
        ("n()", { $0.announcedName = VoicemailName() }),
        ("n(7)", { $0.announcedName = VoicemailName(mailbox: "7") }),
        ("n(7@sales)", { $0.announcedName = VoicemailName(mailbox: "7", context: "sales") }),
        ("n(@sales)", { $0.announcedName = VoicemailName(context: "sales") }),
        ("r", { $0.recordingBase = "chanspy" }),
        ("r(sales/monday)", { $0.recordingBase = "sales/monday" }),
    ]

    @Test func `each letter sets its own option and no other`() {
        for (text, set) in Self.effects {
            var expected = SpyParams()
            set(&expected)
            let read = SpyParams.read(text)
            #expect(read.params == expected, "\(text)")
            #expect(read.warnings.isEmpty, "\(text)")
        }
    }

    @Test func `every letter of ChanSpy has an effect or is reported`() {
        let withEffect = Set(Self.effects.compactMap(\.text.first))
        for letter in SpyOption.Letter.allCases where !withEffect.contains(letter.rawValue) {
            let read = SpyParams.read(String(letter.rawValue))
            #expect(read.params == SpyParams(), "\(letter)")
            #expect(read.warnings.count == 1, "\(letter)")
        }
    }

    @Test func `what the supervisor hears follows o, W and the mode`() {
        let heard: [(String, [SpyDirection])] = [
            ("q", [.both, .both, .both]), ("o", [.in, .in, .in]), ("W", [.both, .none, .both]),
            ("oW", [.in, .none, .in]),
        ]
        for (text, directions) in heard {
            let params = SpyParams.read(text).params
            #expect(MonitoringMode.allCases.map { params.hearing(in: $0) } == directions, "\(text)")
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
        ("E(S!", SpyParamsError.unclosedArgument(.exitsWhenTargetHangsUp)),
        ("ESsbZ", .unknownLetter("Z")),
        ("E S,b", .unknownLetter(",")),
        ("v(9)", .badArgument(.volume)),
        ("v()", .badArgument(.volume)),
        ("v", .badArgument(.volume)),
        ("x(12)", .badArgument(.exitKey)),
        ("c", .badArgument(.nextKey)),
        ("g()", .badArgument(.groups)),
        ("q(1)", .badArgument(.isQuiet)),
        ("e(101)v(9)", .badArgument(.volume)),
        ("g(sales", .unclosedArgument(.groups)),
        ("w(1)", .badArgument(.whisper)),
        ("x(A)", .badArgument(.exitKey)),
        ("e(:)", .badArgument(.allowedTargets)),
        ("n(7@a@b)", .badArgument(.announcedName)),
        ("n(../7)", .badArgument(.announcedName)),
        ("n(7@)", .badArgument(.announcedName)),
        ("r(/tmp/x)", .badArgument(.recordingBase)),
        ("r(a/../../b)", .badArgument(.recordingBase)),
        ("r(a b,c)", .badArgument(.recordingBase)),
        ("qESsbg[sales]", .unknownLetter("[")),
        ("g", .badArgument(.groups)),
        ("e:999", .unknownLetter(":")),
        (",g=sales", .unknownLetter(",")),
        (")", .unknownLetter(")")),
        ("(", .unknownLetter("(")),
        ("🦻", .unknownLetter("🦻")),
    ])
    func `malformed parameters mean the default, with a warning`(text: String, error: SpyParamsError) {
        let read = SpyParams.read(text)
        var expected = SpyParams.standard
        // Who was to be limited may monitor nobody until it is known to whom.
        if text.contains("e") || text.contains("g") { expected.allowedTargets = [] }
        #expect(read.params == expected)
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
