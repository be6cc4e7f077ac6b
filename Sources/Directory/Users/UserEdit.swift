package import Monitoring

/// What is to be changed about a user; nil for what stays.
package struct UserEdit: Hashable, Sendable {
    package var name: String?
    package var endpoints: [EndpointName]?
    package var groups: Set<GroupName>?
    package var isDisabled: Bool?
    package var permission: SpyPermission?
    package var params: String?
    package var scope: MonitoringScope?

    package init() {}

    package func applied(to user: User) -> User {
        var user = user
        if let name { user.name = name }
        if let endpoints { user.endpoints = endpoints }
        if let groups { user.rights.groups = groups }
        if let isDisabled { user.rights.isDisabled = isDisabled }
        if let permission { user.rights.permission = permission }
        if let params { user.rights.params = params }
        if let scope { user.rights.scope = scope }
        return user
    }
}
