/// A variable that an administrator sets for a user.
package enum UserVariable: String, CaseIterable, Hashable, Sendable {
    case spyPermission = "SPY_PERMISSION"
    case disableSpy = "DISABLE_SPY"
    case spyParams = "SPY_PARAMS"
    /// The groups of an agent, for `g()` and `targets.groups`.
    case spyGroup = "SPYGROUP"
    /// Where `X` leads.
    case spyExitContext = "SPY_EXIT_CONTEXT"
    /// The resource of the endpoint for which the dialplan has set the others on a channel.
    case owner = "EARSHOT_OWNER"
}

/// Values of a user's variables; one that is not set is not there.
package typealias UserVariables = [UserVariable: String]

/// What the directory and Asterisk say about the user of a channel, and what of it counts.
///
/// A channel's own variables are no proof: when Asterisk exchanges channels (a pickup, an attended transfer to somebody who
/// is in no bridge), the surviving channel has the name of the one party and the variables of the other first
/// (`main/channel.c`, `channel_do_masquerade` and `clone_variables`; measured on 22.10.1). The name always tells who is
/// speaking. So what the endpoint of that name is configured with counts, and a channel's variables only when the dialplan
/// has named the endpoint on it by `EARSHOT_OWNER`.
package struct UserStatements: Hashable, Sendable {
    /// Whose channel it is by its name; nil when the name does not tell.
    package var endpoint: EndpointName?
    /// What is set on the channel.
    package var onChannel: UserVariables
    /// What the endpoint is configured with (`set_var`); nil when Asterisk cannot tell.
    package var ofEndpoint: UserVariables?
    /// Variables that have a global value in Asterisk, which any channel seems to have.
    package var global: Set<UserVariable>
    /// What the directory says of the endpoint's user.
    package var inDirectory: DirectoryFinding

    package init(
        endpoint: EndpointName?,
        onChannel: UserVariables,
        ofEndpoint: UserVariables?,
        global: Set<UserVariable> = [],
        inDirectory: DirectoryFinding = .nothing
    ) {
        self.endpoint = endpoint
        self.onChannel = onChannel
        self.ofEndpoint = ofEndpoint
        self.global = global
        self.inDirectory = inDirectory
    }

    /// Whether the dialplan vouches for the channel's variables: it has named the endpoint, which does not do so itself.
    package var dialplanVouches: Bool {
        guard let endpoint, ofEndpoint?[.owner] == nil, !global.contains(.owner) else { return false }
        return onChannel[.owner] == endpoint.resource
    }

    /// What counts for the user's rights.
    package var settings: UserVariables {
        guard dialplanVouches else { return ofEndpoint ?? [:] }
        return onChannel.filter { !global.contains($0.key) }
    }

    /// Whether there is something on the channel that would count if somebody vouched for it, and does not.
    package var ignoresChannel: Bool {
        guard !dialplanVouches else { return false }
        let rights: [UserVariable] = [.spyPermission, .spyParams]
        return rights.contains { variable in
            guard let value = onChannel[variable], !global.contains(variable) else { return false }
            return value.filter { !$0.isWhitespace } != ofEndpoint?[variable]?.filter { !$0.isWhitespace }
        }
    }

    /// `DISABLE_SPY`: a yes counts wherever it stands, and in doubt about whose variables these are the answer is yes.
    package var isProtected: Bool {
        switch inDirectory {
        case .nothing: break
        case .rights(let rights): if rights.isDisabled { return true }
        case .unreadable: return true
        }
        if DisableSpy.read(ofEndpoint?[.disableSpy]).isDisabled { return true }
        if DisableSpy.read(onChannel[.disableSpy]).isDisabled { return true }
        guard ofEndpoint == nil, let endpoint else { return false }
        if let owner = onChannel[.owner] { return owner != endpoint.resource }
        // Asterisk does not know the endpoint (any more), whose settings nobody can have read then.
        return endpoint.canBeAskedForSettings
    }

    /// The groups of an agent: those of `SPYGROUP`, and those of the directory.
    package var groups: Set<String> {
        let groups = Set((settings[.spyGroup] ?? "").split(separator: ":").map(String.init))
        guard case .rights(let rights) = inDirectory else { return groups }
        return groups.union(rights.groups.map(\.rawValue))
    }
}

extension EndpointName {
    /// Whether Asterisk can tell what an endpoint of this technology is configured with.
    package var canBeAskedForSettings: Bool { technology.uppercased() == "PJSIP" }
}
