import Directory
import Foundation
import Hummingbird
import Logging
import Monitoring

/// `/users`: who may monitor whom, all at a glance, and changed together.
extension Site {
    static var usersOnPage: Int { 50 }

    func users(_ request: PageRequest) async throws -> Response {
        try await users(request, [:])
    }

    private func users(
        _ request: PageRequest,
        _ more: [String: Any],
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let text = request.form.text("search")
        let group = request.form.text("group").flatMap(GroupName.init(_:))
        let number = max(1, request.form.text("page").flatMap { Int($0) } ?? 1)
        let count = try await directory.count(matching: text, in: group)
        let pages = max(1, (count + Self.usersOnPage - 1) / Self.usersOnPage)
        let first = (min(number, pages) - 1) * Self.usersOnPage
        let users = try await directory.users(matching: text, in: group, page: first..<first + Self.usersOnPage)
        let groups = try await directory.groups()
        let inAsterisk = await inAsterisk(users, matching: text, in: group)
        let chosen = Set(more["chosen"] as? [Extension] ?? [])
        func page(_ number: Int) -> String {
            let fields = [("search", text), ("group", group?.rawValue), ("page", "\(number)")]
            return "/users?"
                + fields.compactMap { name, value in value.map { "\(name)=\($0.percentEncoded)" } }
                .joined(separator: "&")
        }
        var values: [String: Any] = [
            "title": request.texts("nav_users"),
            "place": page(number),
            "search": text ?? "",
            "page": "\(number)",
            "users": users.map { row($0, inAsterisk, chosen, request.texts) },
            "count": request.texts(count == 1 ? "users_count_one" : "users_count", ["count": "\(count)"]),
            "groups": groups.map { one in
                [
                    "name": one.name.rawValue, "members": "\(one.members)", "isChosen": one.name == group,
                    "path": "/users?group=\(one.name.rawValue.percentEncoded)",
                ] as [String: Any]
            },
            "hasGroups": !groups.isEmpty,
            "permissions": permissionChoices(nil, request.texts),
            "isAsteriskAway": inAsterisk == nil,
        ]
        if let group { values["group"] = group.rawValue }
        if text != nil || group != nil { values["isFiltered"] = true }
        if let inAsterisk, !inAsterisk.unset.isEmpty {
            let rest = inAsterisk.unsetCount - inAsterisk.unset.count
            var others: [String: Any] =
                [
                    "rows": inAsterisk.unset.map { one in
                        other(one, inAsterisk.rights[one] ?? UserRights(), chosen, request.texts)
                    }
                ]
            if rest > 0 { others["rest"] = request.texts("users_unset_rest", ["count": "\(rest)"]) }
            values["others"] = others
        }
        if pages > 1 {
            var paging: [String: Any] = [
                "text": request.texts("page_of", ["page": "\(min(number, pages))", "pages": "\(pages)"])
            ]
            if first > 0 { paging["before"] = page(min(number, pages) - 1) }
            if number < pages { paging["after"] = page(number + 1) }
            values["paging"] = paging
        }
        if let removed = request.form.text("removed").flatMap({ try? Extension($0) }) {
            values["done"] = request.texts("user_removed", ["user": removed.digits])
        }
        return self.page("users", values.merging(more) { $1 }, for: request, status: status)
    }

    private func row(
        _ user: User,
        _ inAsterisk: InAsterisk?,
        _ chosen: Set<Extension>,
        _ texts: Catalogue
    ) -> [String: Any] {
        [
            "isChosen": chosen.contains(user.`extension`),
            "isDisabledInAsterisk": inAsterisk?.rights[user.`extension`]?.isDisabled == true,
            "isUnknown": inAsterisk == nil,
            "extension": user.`extension`.digits, "name": user.name,
            "path": "/users/\(user.`extension`.digits.percentEncoded)",
            "permission": texts("permission_\(user.rights.permission.key)"),
            "permissionKey": user.rights.permission.key,
            "isDisabled": user.rights.isDisabled,
            "scope": scopeText(user.rights.scope, texts),
            "monitors": user.rights.permission != .none,
            "groups": user.rights.groups.sorted().map(\.rawValue).joined(separator: ", "),
            "label": texts("choose_user", ["user": user.`extension`.digits]),
        ]
    }

    private func scopeText(_ scope: MonitoringScope, _ texts: Catalogue) -> String {
        if scope.isEverybody { return texts("everybody") }
        return (scope.groups.sorted().map(\.rawValue) + scope.extensions.map(\.digits).sorted()).joined(separator: ", ")
    }

    /// - Parameter users: those who are shown.
    /// - Returns: nil when Asterisk cannot be asked.
    private func inAsterisk(
        _ users: [User],
        matching text: String?,
        in group: GroupName?
    ) async -> InAsterisk? {
        do {
            let stored = try await directory.extensions()
            let known = Set(try await asterisk.extensions())
            let unset =
                group != nil
                ? []
                : known.filter { !stored.contains($0) && (text.map($0.digits.contains) ?? true) }
                    .sorted { ($0.digits.count, $0.digits) < ($1.digits.count, $1.digits) }
            let shown = Array(unset.prefix(Self.usersOnPage))
            // Names are not in the list, whoever they belong to.
            let asked = users.map(\.`extension`).filter { known.contains($0) || !$0.isNumeric }
            let rights = try await asterisk.rights(of: shown + asked)
            return InAsterisk(rights: rights, unset: shown, unsetCount: unset.count)
        } catch {
            logger.warning("page cannot ask Asterisk", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func other(
        _ owner: Extension,
        _ rights: UserRights,
        _ chosen: Set<Extension>,
        _ texts: Catalogue
    ) -> [String: Any] {
        [
            "isChosen": chosen.contains(owner),
            "extension": owner.digits, "path": "/users/\(owner.digits.percentEncoded)",
            "permission": texts("permission_\(rights.permission.key)"),
            "permissionKey": rights.permission.key,
            "isDisabled": rights.isDisabled,
            "label": texts("choose_user", ["user": owner.digits]),
        ]
    }

    // MARK: - Adding and changing

    /// Leads to the form of a user who is not there yet.
    func addUser(_ request: PageRequest) async throws -> Response {
        guard let text = request.form.text("extension"), let owner = try? Extension(text) else {
            return try await users(request, ["error": request.texts("not_an_extension")], status: .unprocessableContent)
        }
        return redirect(to: "/users/\(owner.digits.percentEncoded)")
    }

    /// Changes all who are ticked, or none.
    func changeUsers(_ request: PageRequest) async throws -> Response {
        let chosen = request.form.all("user").compactMap { try? Extension($0) }
        // Whoever has ticked some ticks them once.
        func refuse(_ text: String, _ status: HTTPResponse.Status) async throws -> Response {
            try await users(request, ["error": text, "chosen": chosen], status: status)
        }
        guard !chosen.isEmpty else { return try await refuse(request.texts("nobody_chosen"), .unprocessableContent) }
        var edit = UserEdit()
        for (name, field) in [("SPY_PERMISSION", UserField.spyPermission), ("DISABLE_SPY", .disableSpy)] {
            guard let text = request.form.text(name) else { continue }
            do {
                try field.read(text, into: &edit)
            } catch {
                throw PageError.badRequest
            }
        }
        let joins = request.form.text("join").flatMap(GroupName.init(_:))
        if request.form.text("join") != nil, joins == nil {
            return try await refuse(request.texts("not_a_group"), .unprocessableContent)
        }
        do {
            var (stored, unset): ([User], [Extension]) = ([], [])
            for owner in Set(chosen) {
                if let user = try await directory.user(owner) { stored.append(user) } else { unset.append(owner) }
            }
            guard let added = await asInAsterisk(unset) else {
                return try await refuse(request.texts("asterisk_away_change"), .serviceUnavailable)
            }
            let changed = (stored + added).map { before in
                var user = edit.applied(to: before)
                if let joins { user.rights.groups.insert(joins) }
                return user
            }
            let count = try await directory.save(changed, by: request.author)
            return try await users(
                request,
                ["done": request.texts(count == 1 ? "users_changed_one" : "users_changed", ["count": "\(count)"])]
            )
        } catch let error as DirectoryError {
            return try await refuse(sentence(error, request.texts), .conflict)
        }
    }

    /// What happened, and what to do.
    func sentence(_ error: DirectoryError, _ texts: Catalogue) -> String {
        switch error {
        case .changedMeanwhile(let user, _): texts("changed_meanwhile", ["user": user.digits])
        case .endpointTaken(let endpoint, let owner):
            texts("endpoint_taken", ["endpoint": endpoint.description, "user": owner.digits])
        case .problems(_, let problems): problems.map { sentence($0, texts) }.joined(separator: " ")
        case .unknownUser(let user): texts("unknown_user", ["user": user.digits])
        case .accountExists(let name), .unknownAccount(let name), .accountChangedMeanwhile(let name): name
        }
    }

    func sentence(_ problem: UserProblem, _ texts: Catalogue) -> String {
        switch problem {
        case .badName: texts("problem_name", ["count": "\(User.longestName)"])
        case .badParams(let error): sentence(error, texts)
        case .monitorsNobody: texts("problem_nobody")
        }
    }

    func sentence(_ error: SpyParamsError, _ texts: Catalogue) -> String {
        switch error {
        case .unknownLetter(let letter): texts("problem_letter", ["letter": String(letter)])
        case .unclosedArgument(let letter): texts("problem_parenthesis", ["letter": String(letter.rawValue)])
        case .badArgument(let letter): texts("problem_argument", ["letter": String(letter.rawValue)])
        }
    }

    func permissionChoices(_ chosen: SpyPermission?, _ texts: Catalogue) -> [[String: Any]] {
        SpyPermission.all.map { permission in
            [
                "value": permission.text, "name": texts("permission_\(permission.key)"),
                "help": texts("permission_\(permission.key)_help"), "isChosen": permission == chosen,
            ]
        }
    }
}

extension SpyPermission {
    /// Stands for it in the keys of texts.
    var key: String {
        switch self {
        case .none: "none"
        case .upTo(let mode): mode.rawValue
        }
    }
}

/// What Asterisk says of the users on the page, and of extensions that nobody has set yet.
private struct InAsterisk {
    let rights: [Extension: UserRights]
    /// Those of them that are shown.
    let unset: [Extension]
    let unsetCount: Int
}
