import Monitoring
import Testing

/// Whose variables count: those of the endpoint, and a channel's only when the dialplan vouches for them.
@Suite struct UserStatementsTests {
    private static let endpoint = EndpointName(technology: "PJSIP", resource: "300")

    private static func user(
        _ onChannel: UserVariables,
        _ ofEndpoint: UserVariables?,
        global: Set<UserVariable> = [],
        endpoint: EndpointName? = endpoint
    ) -> UserStatements {
        UserStatements(endpoint: endpoint, onChannel: onChannel, ofEndpoint: ofEndpoint, global: global)
    }

    @Test func `a channel that another one's variables came to has none of its rights`() {
        let picked = Self.user([.spyPermission: "Barge", .spyParams: "q"], [:])
        #expect(picked.settings.isEmpty)
        #expect(picked.ignoresChannel)
        #expect(SupervisorSettings(picked).permission == .none)
        #expect(SupervisorSettings(picked).warnings == [.notTheUsersOwn])
        // Nor does it lose its own.
        let own = Self.user([.spyPermission: "Listen"], [.spyPermission: "Barge", .spyParams: "E"])
        #expect(SupervisorSettings(own).permission == .upTo(.barge))
    }

    @Test func `a channel that names its owner in its configuration has no right from the channel`() {
        let picked = Self.user([.spyPermission: "Barge", .owner: "300"], [.owner: "300"])
        #expect(SupervisorSettings(picked).permission == .none)
    }

    @Test func `the dialplan's variables count when it names the endpoint, and only then`() {
        let set: UserVariables = [.spyPermission: "Barge", .spyParams: "qe(101)", .spyGroup: "a:b", .owner: "300"]
        let vouched = Self.user(set, [.spyPermission: "Listen"])
        #expect(SupervisorSettings(vouched).permission == .upTo(.barge))
        #expect(SupervisorSettings(vouched).params.allowedTargets == [.extension("101")])
        #expect(vouched.groups == ["a", "b"])
        #expect(SupervisorSettings(Self.user(set.merging([.owner: "305"]) { $1 }, nil)).permission == .none)
        #expect(SupervisorSettings(Self.user(set, nil, endpoint: nil)).permission == .none)
        #expect(Self.user([.spyGroup: "a"], [:]).groups.isEmpty)
    }

    @Test func `a global variable is nobody's right`() {
        let set: UserVariables = [.spyPermission: "Barge", .owner: "300"]
        #expect(SupervisorSettings(Self.user(set, [:], global: [.spyPermission])).permission == .none)
        #expect(SupervisorSettings(Self.user(set, [:], global: [.owner])).permission == .none)
    }

    @Test func `a yes protects wherever it stands, and doubt protects too`() {
        #expect(Self.user([.disableSpy: "no"], [.disableSpy: "yes"]).isProtected)
        #expect(Self.user([.disableSpy: "yes"], [.disableSpy: "no"]).isProtected)
        #expect(!Self.user([.disableSpy: "no"], [:]).isProtected)
        // Asterisk does not know the endpoint, or somebody else's variables are on the channel.
        #expect(Self.user([:], nil).isProtected)
        #expect(!Self.user([.owner: "300"], nil).isProtected)
        let other = EndpointName(technology: "IAX2", resource: "300")
        #expect(!Self.user([:], nil, endpoint: other).isProtected)
        #expect(Self.user([.disableSpy: "no", .owner: "102"], nil, endpoint: other).isProtected)
    }
}

@Suite struct TargetLimitsTests {
    @Test(arguments: [
        ("_1XX", ["100", "199"], ["200", "10", "1000", "1ab"]), ("_Z.", ["12", "9x"], ["1", "01"]),
        ("_[a-c5]N", ["a2", "59"], ["d2", "a1"]), ("sales-1", ["sales-1"], ["sales-2"]), ("101", ["101"], ["1011"]),
    ])
    func `a pattern matches as in the dialplan`(pattern: String, matching: [String], others: [String]) throws {
        let limits = TargetLimits(extensions: [try #require(ExtensionPattern(pattern))])
        for (extensions, isAllowed) in [(matching, true), (others, false)] {
            for text in extensions {
                var request = try MonitoringPolicyTests.request(.listen)
                request.limits = limits
                request.code = FeatureCode(mode: .listen, target: try Extension(text))
                #expect((MonitoringPolicy.refusal(beforeLookup: request) != .notAnAgent) == isAllowed, "\(text)")
            }
        }
    }

    @Test(arguments: ["", "_", "_1.X", "_[", "_[]", "_[9-1]", "1/2", "_1 2"])
    func `what is no pattern is refused`(text: String) {
        #expect(ExtensionPattern(text) == nil)
    }

    @Test func `names of endpoints are no extensions unless the administrator says so`() throws {
        var request = try MonitoringPolicyTests.request(.whisper)
        request.code = FeatureCode(mode: .whisper, target: "provider")
        #expect(MonitoringPolicy.decide(request) == .denied(.notAnAgent))
    }

    @Test func `only channels of the groups can be monitored, by anybody`() throws {
        var request = try MonitoringPolicyTests.request(.listen)
        request.limits = TargetLimits(groups: ["sales"])
        #expect(MonitoringPolicy.decide(request) == .denied(.notInGroup))
    }

    @Test func `what has more channels than anybody needs is no agent`() throws {
        var request = try MonitoringPolicyTests.request(.listen)
        request.lookup = .tooManyChannels
        #expect(MonitoringPolicy.decide(request) == .denied(.notAnAgent))
    }

    @Test func `who was transferred here has dialled nothing`() throws {
        var request = try MonitoringPolicyTests.request(.listen)
        request.settings.isTransferred = true
        #expect(MonitoringPolicy.decide(request) == .denied(.transferred))
    }
}
