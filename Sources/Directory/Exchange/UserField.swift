package import Monitoring

/// The fields of a user as text: the columns of a CSV file, the keys of a YAML file, and what is told of a change.
package enum UserField: String, CaseIterable, Sendable {
    case `extension`
    case name
    /// Separated by spaces; empty for those of the templates.
    case endpoints
    /// Separated by colons, as in `SPYGROUP`.
    case groups
    /// `yes` or `no`.
    case disableSpy = "disable_spy"
    case spyPermission = "spy_permission"
    case spyParams = "spy_params"
    /// As ``MonitoringScope`` writes it.
    case mayMonitor = "may_monitor"

    package func text(of user: User) -> String {
        switch self {
        case .extension: user.`extension`.digits
        case .name: user.name
        case .endpoints: user.endpoints.map(\.description).joined(separator: " ")
        case .groups: user.rights.groups.sorted().map(\.rawValue).joined(separator: ":")
        case .disableSpy: user.rights.isDisabled ? "yes" : "no"
        case .spyPermission: user.rights.permission.text
        case .spyParams: user.rights.params
        case .mayMonitor: user.rights.scope.description
        }
    }

    /// Reads a text into an edit. An empty text means the default.
    ///
    /// - Throws: ``UserFieldError``. Whose extension it is stays unread: it says whom the edit is for.
    package func read(_ text: String, into edit: inout UserEdit) throws(UserFieldError) {
        switch self {
        case .extension: break
        case .name: edit.name = text
        case .endpoints:
            edit.endpoints = try text.split(separator: " ").map { part throws(UserFieldError) in
                guard let endpoint = EndpointName(String(part)) else { throw error(String(part), .noEndpoint) }
                return endpoint.normalized
            }
        case .groups:
            let groups = try text.split(separator: ":").map { part throws(UserFieldError) in
                guard let group = GroupName(String(part)) else { throw error(String(part), .noGroup) }
                return group
            }
            edit.groups = Set(groups)
        case .disableSpy:
            let (isDisabled, isUnderstood) = DisableSpy.read(text)
            guard isUnderstood else { throw error(text, .neitherYesNorNo) }
            edit.isDisabled = isDisabled
        case .spyPermission:
            let (permission, isUnderstood) = SpyPermission.read(text)
            guard isUnderstood else { throw error(text, .noPermissionOfOurs) }
            edit.permission = permission
        case .spyParams:
            let params = text.isEmpty ? SpyParams.standardText : text
            if let problem = SpyParams.problem(in: params) { throw error(text, .params(problem)) }
            edit.params = params
        case .mayMonitor:
            do {
                edit.scope = text.isEmpty ? .everybody : try MonitoringScope(text)
            } catch {
                throw UserFieldError(field: self, text: text, reason: .scope(error))
            }
        }
    }

    private func error(_ text: String, _ reason: UserFieldError.Reason) -> UserFieldError {
        UserFieldError(field: self, text: text, reason: reason)
    }
}

extension User {
    /// What is otherwise in another state of this user.
    package func differences(to other: User) -> [(field: UserField, before: String, after: String)] {
        UserField.allCases.map { ($0, $0.text(of: self), $0.text(of: other)) }.filter { $0.1 != $0.2 }
    }
}

/// Why a text is no value for a field.
package struct UserFieldError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        case noExtension
        case noEndpoint
        case noGroup
        case neitherYesNorNo
        case noPermissionOfOurs
        case params(SpyParamsError)
        case scope(MonitoringScopeError)
    }

    package let field: UserField
    package let text: String
    package let reason: Reason

    package init(field: UserField, text: String, reason: Reason) {
        self.field = field
        self.text = text
        self.reason = reason
    }

    package var description: String {
        let told = "\(field.rawValue): \"\(text)\""
        return switch reason {
        case .noExtension: "\(told) is no extension: 1 to 32 letters, digits, dots, dashes or underscores"
        case .noEndpoint: "\(told) is no endpoint such as PJSIP/203"
        case .noGroup: "\(told) is no group: 1 to 64 characters without colon and comma"
        case .neitherYesNorNo: "\(told) is neither yes nor no"
        case .noPermissionOfOurs: "\(told) is none of \(SpyPermission.all.map(\.text).joined(separator: ", "))"
        case .params(let problem): "\(told): \(problem)"
        case .scope(let problem): "\(told): \(problem)"
        }
    }
}

extension MonitoringScopeError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .everybodyAndOthers: "everybody needs no further names"
        case .notAGroup(let name): "\"\(name)\" is no group: 1 to 64 characters without colon and comma"
        case .notAnExtension(let text): "\"\(text)\" is neither an extension nor group:NAME"
        }
    }
}
