import Monitoring
import Testing

/// Whom a user may monitor, and which endpoints are whose.
@Suite struct MonitoringScopeTests {
    @Test(arguments: [
        ("everybody", "everybody"), (" everybody ", "everybody"), ("101", "101"), ("102, 101", "101,102"),
        ("101,group:sales", "group:sales,101"), ("group:Front Office , 9", "group:Front Office,9"),
        ("nobody", "nobody"),
    ])
    func `a scope is written as it is read`(text: String, written: String) throws {
        let scope = try MonitoringScope(text)
        #expect(scope.description == written)
        #expect(try MonitoringScope(written) == scope)
    }

    @Test(arguments: [
        ("everybody,101", MonitoringScopeError.everybodyAndOthers), ("101,,102", .notAnExtension("")),
        ("", .notAnExtension("")), ("group:", .notAGroup("")), ("group:a:b", .notAGroup("a:b")),
        ("1 2", .notAnExtension("1 2")), ("group:\u{202E}x", .notAGroup("\u{202E}x")),
    ])
    func `what is no scope is refused with the part that is wrong`(text: String, error: MonitoringScopeError) {
        #expect(throws: error) { try MonitoringScope(text) }
    }

    @Test func `a target is allowed by name or by one of its groups, and by nothing else`() throws {
        let request = MonitoringRequest(
            supervisor: EndpointName(technology: "PJSIP", resource: "305"),
            code: FeatureCode(mode: .listen, target: "101"),
            settings: SupervisorSettings(permission: .upTo(.barge), isDisabled: false, params: .standard),
            targetEndpoints: [Dialogue.target.endpoint],
            lookup: .channels([Dialogue.target])
        )
        func decision(_ scope: String, _ groups: Set<String>) throws -> MonitoringDecision {
            var request = request
            request.settings.scope = try MonitoringScope(scope)
            var target = Dialogue.target
            target.groups = groups
            request.lookup = .channels([target])
            return MonitoringPolicy.decide(request)
        }
        for (scope, groups, isAllowed) in [
            ("everybody", [], true), ("101", [], true), ("102", [], false), ("group:sales", ["sales"], true),
            ("group:sales", ["support"], false), ("group:sales,101", [], true), ("nobody", ["sales"], false),
        ] as [(String, Set<String>, Bool)] {
            if isAllowed {
                guard case .allowed = try decision(scope, groups) else {
                    Issue.record("\(scope) with \(groups)")
                    continue
                }
            } else {
                #expect(try decision(scope, groups) == .denied(.notInGroup))
            }
        }
    }

    @Test func `the directory's word counts, and a DISABLE_SPY from either side`() throws {
        func settings(_ directory: DirectoryFinding, _ ofEndpoint: UserVariables) -> SupervisorSettings {
            SupervisorSettings(
                UserStatements(
                    endpoint: EndpointName(technology: "PJSIP", resource: "305"),
                    onChannel: [:],
                    ofEndpoint: ofEndpoint,
                    inDirectory: directory
                )
            )
        }
        let rights = UserRights(permission: .upTo(.listen), params: "qE")
        let barge: UserVariables = [.spyPermission: "Barge", .spyParams: "ESsb"]
        #expect(settings(.nothing, barge).permission == .upTo(.barge))
        #expect(settings(.rights(rights), barge).permission == .upTo(.listen))
        #expect(settings(.rights(rights), barge).params == SpyParams.read("qE").params)
        #expect(settings(.rights(UserRights()), barge).permission == .none)
        #expect(settings(.rights(rights), [.disableSpy: "yes"]).isDisabled)
        #expect(settings(.rights(UserRights(isDisabled: true)), barge).isDisabled)
        #expect(!settings(.rights(rights), barge).isDisabled)
        let unreadable = settings(.unreadable, barge)
        #expect(!unreadable.isKnown && unreadable.isDisabled)
    }

    @Test func `an agent is in the groups of both sides`() throws {
        let user = UserStatements(
            endpoint: EndpointName(technology: "PJSIP", resource: "101"),
            onChannel: [:],
            ofEndpoint: [.spyGroup: "a:b"],
            inDirectory: .rights(UserRights(groups: [try #require(GroupName("c"))]))
        )
        #expect(user.groups == ["a", "b", "c"])
    }

    @Test func `an endpoint is whose it is named, or else whose the template makes it`() throws {
        let soft = try #require(EndpointTemplate("PJSIP/{extension}-soft"))
        let phone = EndpointName(technology: "PJSIP", resource: "alice")
        let book = EndpointBook(templates: [.standard, soft], named: ["101": [phone]])
        #expect(book.endpoints(of: "101") == [phone])
        #expect(book.endpoints(of: "102").map(\.description) == ["PJSIP/102", "PJSIP/102-soft"])
        #expect(book.owner(of: EndpointName(technology: "pjsip", resource: "alice")) == "101")
        #expect(book.owner(of: EndpointName(technology: "PJSIP", resource: "102")) == "102")
        #expect(book.owner(of: EndpointName(technology: "PJSIP", resource: "101")) == nil)
        #expect(book.owner(of: EndpointName(technology: "SIP", resource: "102")) == nil)
        // Both templates fit; the first one's extension counts.
        #expect(book.owner(of: EndpointName(technology: "PJSIP", resource: "102-soft")) == "102-soft")
    }
}
