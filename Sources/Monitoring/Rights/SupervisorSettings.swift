/// What is set for a supervisor's user, and how their channel came to us.
package struct SupervisorSettings: Hashable, Sendable {
    package var permission: SpyPermission
    /// `DISABLE_SPY` of this user: they may not monitor.
    package var isDisabled: Bool
    package var params: SpyParams
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

    /// Reads what Asterisk says about the user.
    package init(_ user: UserStatements) {
        let settings = user.settings
        self.init(
            spyPermission: settings[.spyPermission],
            disableSpy: user.isProtected ? "yes" : settings[.disableSpy],
            spyParams: settings[.spyParams]
        )
        let written = [user.ofEndpoint?[.disableSpy], user.onChannel[.disableSpy]]
        if !written.allSatisfy({ DisableSpy.read($0).isUnderstood }) { warnings.append(.unknownDisableSpy) }
        if user.ignoresChannel { warnings.append(.notTheUsersOwn) }
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
