/// What the directory says about a user's rights.
package struct UserRights: Hashable, Sendable {
    /// `SPY_PERMISSION`.
    package var permission: SpyPermission
    /// `DISABLE_SPY`: they neither monitor nor are monitored.
    package var isDisabled: Bool
    /// `SPY_PARAMS`, as written.
    package var params: String
    /// Whom they may monitor.
    package var scope: MonitoringScope
    /// The groups that they are in, in which others may monitor them.
    package var groups: Set<GroupName>

    package init(
        permission: SpyPermission = .none,
        isDisabled: Bool = false,
        params: String = SpyParams.standardText,
        scope: MonitoringScope = .everybody,
        groups: Set<GroupName> = []
    ) {
        self.permission = permission
        self.isDisabled = isDisabled
        self.params = params
        self.scope = scope
        self.groups = groups
    }
}

/// What was found in the directory about a user.
package enum DirectoryFinding: Hashable, Sendable {
    /// There is no directory, or it does not have this user: what Asterisk says counts.
    case nothing
    case rights(UserRights)
    /// It could not be read: nobody knows.
    case unreadable
}

/// A change in the directory.
package struct RightsChange: Hashable, Sendable {
    /// As it is now.
    package var endpoints: EndpointBook
    /// The endpoints of the users who are changed, before and after.
    package var changed: Set<EndpointName>

    package init(endpoints: EndpointBook, changed: Set<EndpointName>) {
        self.endpoints = endpoints
        self.changed = changed
    }

    /// Whether it is about the user of this endpoint. It may be about anybody whose endpoint nobody knows.
    func concerns(_ endpoint: EndpointName?) -> Bool {
        guard let endpoint else { return true }
        return changed.contains(endpoint.normalized)
    }
}
