import Monitoring
import Testing

@Suite struct EndpointTests {
    @Test(arguments: [
        ("PJSIP/203-0000001a", "PJSIP", "203"),
        ("PJSIP/alice-smith-00000002", "PJSIP", "alice-smith"),
        ("SIP/trunk.example-0000000f", "SIP", "trunk.example"),
        ("Local/101@agents-00000003;2", "Local", "101@agents"),
    ])
    func `a channel's endpoint is its name without the number`(name: String, technology: String, resource: String) {
        #expect(EndpointName(channelName: name) == EndpointName(technology: technology, resource: resource))
    }

    @Test(arguments: ["", "PJSIP", "PJSIP/203", "/203-1", "PJSIP/-1", "203-1/PJSIP"])
    func `other names have no endpoint`(name: String) {
        #expect(EndpointName(channelName: name) == nil)
    }

    @Test func `a template makes the endpoint of exactly this extension`() throws {
        let template = try #require(EndpointTemplate("IAX2/phone{extension}-b"))
        #expect(template.endpoint(of: "10").description == "IAX2/phone10-b")
        #expect(template.description == "IAX2/phone{extension}-b")
        #expect(EndpointTemplate.standard == EndpointTemplate("PJSIP/{extension}"))
    }

    @Test(arguments: [
        "", "PJSIP", "PJSIP/", "PJSIP/101", "{extension}", "/{extension}", "PJSIP/{extension}{extension}",
    ])
    func `a text without technology or with another number of placeholders is no template`(text: String) {
        #expect(EndpointTemplate(text) == nil)
    }
}

@Suite struct MonitoringPolicyTests {
    static let agent = EndpointName(technology: "PJSIP", resource: "101")

    static func request(
        _ mode: MonitoringMode = .listen,
        supervisor: EndpointName? = EndpointName(technology: "PJSIP", resource: "305"),
        permission: SpyPermission = .upTo(.barge),
        isDisabled: Bool = false,
        params: SpyParams = .standard,
        lookup: TargetLookup = .channels([talking("a")])
    ) throws -> MonitoringRequest {
        MonitoringRequest(
            supervisor: supervisor,
            code: FeatureCode(mode: mode, target: "101"),
            settings: SupervisorSettings(permission: permission, isDisabled: isDisabled, params: params),
            targetEndpoints: [agent],
            lookup: lookup
        )
    }

    static func channel(
        _ id: String,
        up: Bool = true,
        bridged: Bool = true,
        partners: Set<ChannelName> = [Dialogue.client.name],
        protected: Bool = false,
        groups: Set<String> = [],
        supervising: Bool = false,
        template: Int = 0,
        created: Int64 = 0
    ) -> TargetChannel {
        TargetChannel(
            id: ChannelID(id),
            name: "PJSIP/101-\(id)",
            endpoint: agent,
            templateIndex: template,
            isUp: up,
            isBridged: bridged,
            parties: Dictionary(uniqueKeysWithValues: partners.map { ($0, []) }),
            isProtected: protected,
            groups: groups,
            isSupervising: supervising,
            createdAt: created
        )
    }

    static func talking(_ id: String) -> TargetChannel { channel(id) }

    @Test func `permission decides mode by mode`() throws {
        let permissions: [SpyPermission] = [.none, .upTo(.listen), .upTo(.whisper), .upTo(.barge)]
        for permission in permissions {
            for mode in MonitoringMode.allCases {
                let decision = MonitoringPolicy.decide(try Self.request(mode, permission: permission))
                let expected: MonitoringDecision =
                    permission == .none
                    ? .denied(.noPermission)
                    : permission.allows(mode) ? .allowed(Self.talking("a")) : .denied(.modeAbovePermission)
                #expect(decision == expected)
            }
        }
    }

    @Test func `a supervisor without an endpoint has no permission`() throws {
        #expect(MonitoringPolicy.decide(try Self.request(supervisor: nil)) == .denied(.noPermission))
    }

    @Test func `the supervisor's own rights come before everything about the target`() throws {
        let lookups: [TargetLookup] = [
            .unknownExtension, .channels([]), .channels([Self.channel("a", protected: true)]),
        ]
        for lookup in lookups {
            #expect(
                MonitoringPolicy.decide(try Self.request(permission: .none, lookup: lookup)) == .denied(.noPermission)
            )
            #expect(
                MonitoringPolicy.decide(try Self.request(isDisabled: true, lookup: lookup))
                    == .denied(.monitoringDisabled)
            )
            #expect(
                MonitoringPolicy.decide(try Self.request(.barge, permission: .upTo(.whisper), lookup: lookup))
                    == .denied(.modeAbovePermission)
            )
            #expect(
                MonitoringPolicy.decide(try Self.request(supervisor: Self.agent, lookup: lookup))
                    == .denied(.ownExtension)
            )
        }
    }

    @Test func `an unknown extension is not an idle one`() throws {
        #expect(MonitoringPolicy.decide(try Self.request(lookup: .unknownExtension)) == .denied(.unknownExtension))
        #expect(MonitoringPolicy.decide(try Self.request(lookup: .channels([]))) == .denied(.nobodyTalking))
    }

    @Test func `with b only a channel in a call will do`() throws {
        let alone = Self.channel("alone", bridged: false)
        #expect(MonitoringPolicy.decide(try Self.request(lookup: .channels([alone]))) == .denied(.nobodyTalking))
        #expect(
            MonitoringPolicy.decide(try Self.request(params: SpyParams(), lookup: .channels([alone])))
                == .allowed(alone)
        )
    }

    @Test func `a protected channel closes the extension`() throws {
        let channels = [Self.talking("a"), Self.channel("b", protected: true)]
        #expect(MonitoringPolicy.decide(try Self.request(lookup: .channels(channels))) == .denied(.targetProtected))
    }

    @Test func `a supervisor's monitoring call cannot be monitored`() throws {
        let channels = [Self.channel("a", supervising: true)]
        #expect(MonitoringPolicy.decide(try Self.request(lookup: .channels(channels))) == .denied(.nobodyTalking))
    }

    @Test func `of several channels the one in a call wins, then the first template, then the newest`() throws {
        let ringing = Self.channel("ringing", up: false, bridged: false, created: 9)
        let alone = Self.channel("alone", bridged: false, created: 8)
        let second = Self.channel("second", template: 1, created: 7)
        let older = Self.channel("older", created: 5)
        let newer = Self.channel("newer", created: 6)
        var channels = [ringing, alone, second, older, newer]
        for expected in [newer, older, second, alone, ringing] {
            for order in [channels, channels.reversed()] {
                let request = try Self.request(params: SpyParams(), lookup: .channels(order))
                #expect(MonitoringPolicy.decide(request) == .allowed(expected))
            }
            channels.removeAll { $0 == expected }
        }
    }

    // MARK: - e() and g()

    @Test(arguments: [
        ("e(101)", true), ("e(10:101)", true), ("e(PJSIP/101)", true), ("e(pjsip/101)", true), ("e(10)", false),
        ("e(1010:201)", false), ("e(SIP/101)", false), ("e(PJSIP/10)", false),
    ])
    func `e names whom the supervisor may monitor, by equality`(params: String, isAllowed: Bool) throws {
        let request = try Self.request(params: SpyParams.read("ESsb" + params).params)
        #expect(
            MonitoringPolicy.decide(request) == (isAllowed ? .allowed(Self.talking("a")) : .denied(.notInGroup))
        )
    }

    @Test func `who may not monitor an extension learns nothing about it`() throws {
        let params = SpyParams.read("ESsbe(102)").params
        for lookup in [TargetLookup.unknownExtension, .channels([]), .channels([Self.channel("a", protected: true)])] {
            #expect(MonitoringPolicy.decide(try Self.request(params: params, lookup: lookup)) == .denied(.notInGroup))
        }
    }

    @Test func `g wants a group in common with the target's channel`() throws {
        let params = SpyParams.read("ESsbg(sales:support)").params
        func decide(_ channels: [TargetChannel]) throws -> MonitoringDecision {
            MonitoringPolicy.decide(try Self.request(params: params, lookup: .channels(channels)))
        }
        let sales = Self.channel("a", groups: ["night", "sales"])
        let other = Self.channel("b", groups: ["Sales"], created: 9)
        #expect(try decide([sales, other]) == .allowed(sales))
        #expect(try decide([other]) == .denied(.notInGroup), "groups differ by case")
        #expect(try decide([Self.talking("c")]) == .denied(.notInGroup), "no group is no common group")
        #expect(try decide([]) == .denied(.nobodyTalking))
    }

    // MARK: - The next channel

    @Test func `the next channel comes round to every channel of the extension`() throws {
        let channels = ["a", "b", "c"].enumerated().map { Self.channel($1, created: Int64($0)) }
        var current = channels[0]
        var visited: [String] = []
        for _ in channels {
            let request = try Self.request(lookup: .channels(channels.reversed()))
            let decision = MonitoringPolicy.decide(request, after: current.id)
            guard case .allowed(let next) = decision else {
                Issue.record("\(decision)")
                return
            }
            visited.append(next.id.rawValue)
            current = next
        }
        #expect(visited == ["b", "c", "a"])
    }

    @Test func `there is no next channel but another one that may be monitored`() throws {
        let current = Self.talking("a")
        let alone = Self.channel("b", bridged: false)
        let request = try Self.request(lookup: .channels([current, alone]))
        #expect(MonitoringPolicy.decide(request, after: current.id) == .denied(.nobodyTalking))
    }
}
