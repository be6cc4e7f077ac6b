/// What is set for a supervisor's user, as it was read from his channel (or, one day, from a directory of users).
package struct SupervisorSettings: Hashable, Sendable {
    package var permission: SpyPermission
    /// `DISABLE_SPY` of this user: he may not monitor.
    package var isDisabled: Bool
    package var params: SpyParams
    /// What was written there and not understood; each is worth a warning in the log.
    package var warnings: [SettingsWarning]

    package init(permission: SpyPermission, isDisabled: Bool, params: SpyParams, warnings: [SettingsWarning] = []) {
        self.permission = permission
        self.isDisabled = isDisabled
        self.params = params
        self.warnings = warnings
    }

    /// Reads the three variables; nil is a variable that is not there.
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
    case params(SpyParamsWarning)
}
