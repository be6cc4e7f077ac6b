import Monitoring

extension SettingsWarning {
    /// The variable that it is about.
    var variable: UserVariable {
        switch self {
        case .unknownPermission, .notTheUsersOwn: .spyPermission
        case .unknownDisableSpy: .disableSpy
        case .params: .spyParams
        }
    }

    /// What is wrong, and what it means.
    var text: String {
        switch self {
        case .unknownPermission: "unknown value, which means no permission"
        case .unknownDisableSpy: "unknown value, which means yes"
        case .notTheUsersOwn:
            "the endpoint is not configured with what its channel says, and EARSHOT_OWNER does not name it: it does not count"
        case .params(.ignored(let letter, let reason)): "\(letter.rawValue) is ignored: \(reason.text)"
        case .params(.malformed(let error)): "\(error), so the default ESsb counts"
        }
    }
}

extension SpyParamsWarning.IgnoredReason {
    /// A whole sentence about the letter.
    fileprivate var text: String {
        switch self {
        case .modeComesFromTheCode, .targetComesFromTheCode: rawValue
        case .noMeaningForASnoopChannel: "it \(rawValue)"
        }
    }
}
