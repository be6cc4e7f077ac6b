import Directory
import Foundation
import Hummingbird
import Monitoring

/// `/users/{extension}`: everything about one user.
extension Site {
    func user(_ request: PageRequest) async throws -> Response {
        let owner = try owner(request)
        let stored = try await directory.user(owner)
        let isUpdated = stored != nil && request.form["updated"] != nil
        return try await userPage(
            request,
            UserInput(await before(stored, owner)),
            isNew: stored == nil,
            isUpdated ? ["done": request.texts("user_updated")] : [:]
        )
    }

    /// What is to be changed: the stored user, or one who is not stored yet.
    private func before(_ stored: User?, _ owner: Extension) async -> User {
        if let stored { return stored }
        return await asInAsterisk([owner])?.first ?? User(owner)
    }

    /// Users who are not stored yet, with the rights that Asterisk's configuration gives them, so that whoever only adds them to a
    /// group takes nothing away; nil when Asterisk cannot be asked.
    func asInAsterisk(_ owners: [Extension]) async -> [User]? {
        guard !owners.isEmpty else { return [] }
        guard let answer = try? await asterisk.rights(of: owners) else { return nil }
        return owners.map { user($0, answer[$0]) }
    }

    private func user(_ owner: Extension, _ inAsterisk: UserRights?) -> User {
        guard var rights = inAsterisk else { return User(owner) }
        // These count beside the directory's.
        rights.groups = []
        if SpyParams.problem(in: rights.params) != nil { rights.params = SpyParams.standardText }
        return User(owner, rights: rights)
    }

    private func owner(_ request: PageRequest) throws -> Extension {
        guard let text = request.parameters.get("extension")?.removingPercentEncoding,
            let owner = try? Extension(text)
        else { throw PageError.notFound }
        return owner
    }

    // MARK: - Changing

    func updateUser(_ request: PageRequest) async throws -> Response {
        let owner = try owner(request)
        let stored = try await directory.user(owner)
        let before = await before(stored, owner)
        let input = UserInput(request.form, before)
        let (user, errors) = input.user(owner, before, request.texts, self)
        guard errors.isEmpty else {
            return try await userPage(
                request,
                input,
                isNew: stored == nil,
                ["errors": ["rows": errors]],
                status: .unprocessableContent
            )
        }
        do {
            try await directory.save([user], by: request.author)
        } catch DirectoryError.changedMeanwhile(_, let now) {
            return try await conflict(request, input, user, now)
        } catch let error as DirectoryError {
            let row = ["field": "endpoints", "text": sentence(error, request.texts)]
            return try await userPage(
                request,
                input,
                isNew: stored == nil,
                ["errors": ["rows": [row]]],
                status: .conflict
            )
        }
        // So that loading the page again stores nothing again.
        let form = request.form["form"] == "simple" ? "&form=simple" : ""
        return redirect(to: "/users/\(owner.digits.percentEncoded)?updated=1\(form)")
    }

    /// Somebody else was faster: shows what they have stored, and keeps what this administrator has entered.
    private func conflict(
        _ request: PageRequest,
        _ input: UserInput,
        _ user: User,
        _ now: User?
    ) async throws -> Response {
        var input = input
        input.version = "\(now?.version ?? 0)"
        let other = now ?? User(user.`extension`)
        let differences = other.differences(to: user).map { one in
            ["field": request.texts("field_\(one.field.rawValue)"), "theirs": one.before, "yours": one.after]
        }
        let conflict: [String: Any] = ["isRemoved": now == nil, "rows": differences]
        return try await userPage(request, input, isNew: now == nil, ["conflict": conflict], status: .conflict)
    }

    func removeUser(_ request: PageRequest) async throws -> Response {
        let owner = try owner(request)
        do {
            try await directory.remove(owner, version: Int(request.form["version"] ?? "") ?? -1, by: request.author)
        } catch DirectoryError.changedMeanwhile(_, let now?) {
            return try await userPage(
                request,
                UserInput(now),
                isNew: false,
                ["error": request.texts("changed_meanwhile", ["user": owner.digits])],
                status: .conflict
            )
        } catch DirectoryError.changedMeanwhile(_, nil) {
            // Somebody else has removed them: that is what was wanted.
        }
        return redirect(to: "/users?removed=\(owner.digits.percentEncoded)")
    }

    // MARK: - The page

    private func userPage(
        _ request: PageRequest,
        _ input: UserInput,
        isNew: Bool,
        _ more: [String: Any],
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let owner = try owner(request)
        let texts = request.texts
        var values: [String: Any] = [
            "title": texts("user_title", ["user": owner.digits]),
            "extension": owner.digits,
            "action": "/users/\(owner.digits.percentEncoded)",
            "place": request.isGet ? request.place : "/users/\(owner.digits.percentEncoded)",
            "isNew": isNew,
            "isSimple": request.form["form"] == "simple",
            "input": input.values,
            "isDisabled": input.isDisabled,
            "isEverybody": input.isEverybody,
            "permissions": permissionChoices(SpyPermission.read(input.permission).permission, texts),
            "letters": SpyOption.Letter.allCases.map { letter in
                ["letter": String(letter.rawValue), "text": texts("letter_\(letter.rawValue)")]
            },
        ]
        let groups = try await directory.groups().map(\.name.rawValue).joined(separator: ", ")
        if !groups.isEmpty { values["knownGroups"] = groups }
        let answer = try? await asterisk.rights(of: [owner])
        let inAsterisk = answer?[owner]
        values["isUnknown"] = answer != nil && inAsterisk == nil
        // It counts, whatever stands here.
        values["isDisabledInAsterisk"] = !isNew && inAsterisk?.isDisabled == true
        if isNew, let rights = inAsterisk {
            values["inAsterisk"] =
                [
                    "permission": texts("permission_\(rights.permission.key)"), "params": rights.params,
                    "isDisabled": rights.isDisabled,
                ] as [String: Any]
        }
        if let target = request.form.text("explain") {
            values["explanation"] = await explanation(owner, target, request)
        }
        values["explainTarget"] = request.form.text("explain") ?? ""
        values["modes"] = MonitoringMode.allCases.map { mode in
            [
                "value": mode.rawValue, "name": texts("permission_\(mode.rawValue)"),
                "isChosen": mode.rawValue == request.form["mode"],
            ] as [String: Any]
        }
        return page("user", values.merging(more) { $1 }, for: request, status: status)
    }

    /// "May they?", in a sentence.
    private func explanation(_ supervisor: Extension, _ target: String, _ request: PageRequest) async -> [String: Any] {
        let texts = request.texts
        guard let target = try? Extension(target),
            let mode = request.form["mode"].flatMap(MonitoringMode.init(rawValue:))
        else { return ["text": texts("not_an_extension"), "isAllowed": false] }
        do {
            let explanation = try await asterisk.explain(supervisor, mode, target)
            var names = [
                "supervisor": supervisor.digits, "target": target.digits, "mode": texts("permission_\(mode.rawValue)"),
                "permission": texts("permission_\(explanation.permission.key)"),
            ]
            let place: String
            switch explanation.source {
            case .directory: place = "right_directory"
            case .asterisk(let endpoint?):
                place = "right_endpoint"
                names["endpoint"] = endpoint.description
            case .asterisk(nil): place = "right_asterisk"
            }
            let verdict =
                switch explanation.outcome {
                case .allowed(let isTalking): texts(isTalking ? "verdict_now" : "verdict_later", names)
                case .denied(let refusal): texts("verdict_no") + " " + texts("refusal_\(refusal.word)", names)
                }
            return ["text": verdict, "place": texts(place, names), "isAllowed": explanation.isAllowed]
        } catch {
            return ["text": texts("asterisk_away"), "isAllowed": false]
        }
    }
}

/// What an administrator has entered about a user, as they have entered it.
struct UserInput {
    var name: String
    var endpoints: String
    var groups: String
    var isDisabled: Bool
    var permission: String
    var params: String
    var isEverybody: Bool
    var scopeGroups: String
    var scopeExtensions: String
    var version: String
    /// What the form had no fields for stays as it is.
    let hasVariables: Bool

    init(_ user: User, hasVariables: Bool = true) {
        self.hasVariables = hasVariables
        name = user.name
        endpoints = UserField.endpoints.text(of: user)
        groups = user.rights.groups.sorted().map(\.rawValue).joined(separator: ", ")
        isDisabled = user.rights.isDisabled
        permission = user.rights.permission.text
        params = user.rights.params
        isEverybody = user.rights.scope.isEverybody
        scopeGroups = user.rights.scope.groups.sorted().map(\.rawValue).joined(separator: ", ")
        scopeExtensions = user.rights.scope.extensions.map(\.digits).sorted().joined(separator: ", ")
        version = "\(user.version)"
    }

    /// - Parameter before: the user as they are: the simple form has no variables.
    init(_ form: Form, _ before: User) {
        let variables = form["SPY_PERMISSION"].map { _ in form }
        self.init(before, hasVariables: variables != nil)
        name = form.text("name") ?? ""
        endpoints = form.text("endpoints") ?? ""
        groups = form.text("groups") ?? ""
        version = form["version"] ?? ""
        guard let variables else { return }
        // What is missing or unknown takes rights away, and gives none.
        isDisabled = variables["DISABLE_SPY"] != "no"
        permission = variables["SPY_PERMISSION"] ?? ""
        params = variables.text("SPY_PARAMS") ?? ""
        isEverybody = variables["MAY_MONITOR"] == "everybody"
        scopeGroups = variables.text("MAY_MONITOR_GROUPS") ?? ""
        scopeExtensions = variables.text("MAY_MONITOR_EXTENSIONS") ?? ""
    }

    var values: [String: Any] {
        [
            "name": name, "endpoints": endpoints, "groups": groups, "params": params, "scopeGroups": scopeGroups,
            "scopeExtensions": scopeExtensions, "version": version,
        ]
    }

    /// The user who is meant, and what is wrong with it: the name of the field, and a sentence.
    func user<ServiceClock>(
        _ owner: Extension,
        _ stored: User,
        _ texts: Catalogue,
        _ site: Site<ServiceClock>
    ) -> (User, errors: [[String: String]]) {
        var errors: [[String: String]] = []
        func read(_ field: UserField, _ text: String, _ name: String, _ key: String, into edit: inout UserEdit) {
            do {
                try field.read(text, into: &edit)
            } catch {
                var sentence = texts(key, ["text": error.text])
                if case .params(let problem) = error.reason { sentence = site.sentence(problem, texts) }
                errors.append(["field": name, "text": sentence])
            }
        }
        var edit = UserEdit()
        edit.name = name
        read(
            .endpoints,
            endpoints.split(separator: ",").joined(separator: " "),
            "endpoints",
            "not_an_endpoint",
            into: &edit
        )
        read(.groups, Self.parts(groups).joined(separator: ":"), "groups", "not_a_group", into: &edit)
        if hasVariables {
            edit.isDisabled = isDisabled
            read(.spyPermission, permission, "SPY_PERMISSION", "not_a_permission", into: &edit)
            read(.spyParams, params, "SPY_PARAMS", "problem_letter", into: &edit)
            if isEverybody, scopeGroups.isEmpty, scopeExtensions.isEmpty {
                edit.scope = .everybody
            } else if isEverybody {
                // Nobody can know which of the two was meant.
                errors.append(["field": "MAY_MONITOR_EXTENSIONS", "text": texts("everybody_and_some")])
            } else {
                let parts = Self.parts(scopeGroups).map { "group:\($0)" } + Self.parts(scopeExtensions)
                read(
                    .mayMonitor,
                    parts.isEmpty ? "nobody" : parts.joined(separator: ","),
                    "MAY_MONITOR_EXTENSIONS",
                    "not_a_scope",
                    into: &edit
                )
            }
        }
        var user = edit.applied(to: stored)
        user.version = Int(version) ?? -1
        if errors.isEmpty {
            errors = user.problems.map { problem in
                let field =
                    switch problem {
                    case .badName: "name"
                    case .badParams: "SPY_PARAMS"
                    case .monitorsNobody: "MAY_MONITOR_EXTENSIONS"
                    }
                return ["field": field, "text": site.sentence(problem, texts)]
            }
        }
        return (user, errors)
    }

    /// What stands between commas.
    private static func parts(_ text: String) -> [String] {
        text.split(separator: ",").map { String($0.trimmed) }.filter { !$0.isEmpty }
    }
}
