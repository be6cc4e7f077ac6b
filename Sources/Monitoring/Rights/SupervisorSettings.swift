/// What is set for a supervisor's user, and how their channel came to us.
package struct SupervisorSettings: Hashable, Sendable {
    package var permission: SpyPermission
    /// `DISABLE_SPY` of this user: they may not monitor.
    package var isDisabled: Bool
    package var params: SpyParams
    /// Whom they may monitor, beside what `e()` and `g()` say.
    package var scope = MonitoringScope.everybody
    /// The directory could be read, if there is one: else nobody knows what they may do.
    package var isKnown = true
    /// Somebody else has sent the channel here, by a transfer: its user has dialled no code.
    package var isTransferred = false
    /// `SPY_EXIT_CONTEXT`: where `X` leads; nil for the context of the phone.
    package var exitContext: String?
    /// What was written there and not understood; each is worth a warning in the log.
    package var warnings: [SettingsWarning]

    package init(permission: SpyPermission, isDisabled: Bool, params: SpyParams, warnings: [SettingsWarning] = []) {
        self.permission = permission
        self.isDisabled = isDisabled
        self.params = params
        self.warnings = warnings
    }

    /// Reads what the directory and Asterisk say about the user: the directory's word counts if it has one, and a
    /// `DISABLE_SPY` from either.
    package init(_ user: UserStatements) {
        let settings = user.settings
        switch user.inDirectory {
        case .nothing, .unreadable:
            self.init(
                spyPermission: settings[.spyPermission],
                disableSpy: user.isProtected ? "yes" : settings[.disableSpy],
                spyParams: settings[.spyParams]
            )
            if user.ignoresChannel { warnings.append(.notTheUsersOwn) }
            isKnown = user.inDirectory != .unreadable
        case .rights(let rights):
            self.init(spyPermission: nil, disableSpy: user.isProtected ? "yes" : nil, spyParams: rights.params)
            permission = rights.permission
            scope = rights.scope
        }
        let written = [user.ofEndpoint?[.disableSpy], user.onChannel[.disableSpy]]
        if !written.allSatisfy({ DisableSpy.read($0).isUnderstood }) { warnings.append(.unknownDisableSpy) }
        exitContext = settings[.spyExitContext].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Reads three variables; nil is a variable that is not there.
    package init(spyPermission: String?, disableSpy: String?, spyParams: String?) {
        let (permission, isPermissionUnderstood) = SpyPermission.read(spyPermission)
        let (isDisabled, isDisableUnderstood) = DisableSpy.read(disableSpy)
        let (params, paramsWarnings) = SpyParams.read(spyParams)
        self.init(permission: permission, isDisabled: isDisabled, params: params)
        if !isPermissionUnderstood { warnings.append(.unknownPermission) }
        if !isDisableUnderstood { warnings.append(.unknownDisableSpy) }
        warnings += paramsWarnings.map(SettingsWarning.params)
    }

    /// Takes over what newer settings allow. How the session behaves otherwise stays as it began.
    mutating func takeRights(of newer: SupervisorSettings) {
        permission = newer.permission
        isDisabled = newer.isDisabled
        isTransferred = newer.isTransferred
        isKnown = newer.isKnown
        scope = newer.scope
        params.allowedTargets = newer.params.allowedTargets
        params.groups = newer.params.groups
    }
}

/// A value of a user's settings that was not understood, or not honoured.
package enum SettingsWarning: Hashable, Sendable {
    /// `SPY_PERMISSION` has an unknown value, which means no permission.
    case unknownPermission
    /// `DISABLE_SPY` has an unknown value, which means yes.
    case unknownDisableSpy
    /// The channel has variables that are not the endpoint's own, and nobody vouches for them: they do not count.
    case notTheUsersOwn
    case params(SpyParamsWarning)
}
