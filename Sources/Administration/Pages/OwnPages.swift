import Directory
import Hummingbird
import Monitoring

/// `/dialing` and `/me`: what a supervisor may do and how, and who has listened to them.
extension Site {
    func dialing(_ request: PageRequest) async throws -> Response {
        var values = try await dialingValues(request)
        values["title"] = request.texts("nav_dialing")
        return page("dialing", values, for: request)
    }

    func ownPage(_ request: PageRequest) async throws -> Response {
        let texts = request.texts
        var values = try await dialingValues(request)
        values["title"] = texts("nav_me")
        if let owner = request.visitor?.account.`extension` {
            values["extension"] = owner.digits
            if let user = try await directory.user(owner) {
                values["scope"] =
                    user.rights.scope.isEverybody
                    ? texts("everybody") : user.rights.scope.description.replacing("group:", with: "")
                values["groups"] = user.rights.groups.sorted().map(\.rawValue).joined(separator: ", ")
            }
            values["listeners"] = try await listeners(owner, texts)
        }
        return page("me", values, for: request)
    }

    /// Who has listened to the user of an account, as far as they may know.
    private func listeners(_ owner: Extension, _ texts: Catalogue) async throws -> [String: Any] {
        var query = RecordViewQuery()
        query.target = owner.digits
        query.isHearing = true
        switch configuration.visibility {
        case .never: return ["isHidden": true]
        case .nextDay:
            let today = Moment.text(now(), .english).prefix(10)
            query.until = Moment.beginning(of: String(today))
        case .atOnce: break
        }
        let lines = try await record.lines(query)
        return ["isEmpty": lines.isEmpty, "lines": lines.map { line($0, texts) }]
    }

    /// The codes and keys, for the rights of the account's own user; for all where it has none.
    private func dialingValues(_ request: PageRequest) async throws -> [String: Any] {
        let texts = request.texts
        let rights = try await rights(of: request.visitor?.account.`extension`)
        let permission = rights?.isDisabled == true ? SpyPermission.none : rights?.permission ?? .upTo(.barge)
        let params = SpyParams.read(rights?.params).params
        let modes = MonitoringMode.allCases.filter(permission.allows)
        var keys: [(String, String)] = []
        if rights == nil || params.switchesModeByKey {
            for (mode, key) in zip(MonitoringMode.allCases, ["4", "5", "6"]) where permission.allows(mode) {
                keys.append((key, texts("key_\(mode.rawValue)")))
            }
        }
        keys.append((params.nextKey.description, texts(params.exitsWhenTargetHangsUp ? "key_leave" : "key_next")))
        if let exit = params.exitKey { keys.append((exit.description, texts("key_leave"))) }
        return [
            "permission": texts("permission_\(permission.key)"),
            "permissionHelp": texts("permission_\(permission.key)_help"),
            "isDisabled": rights?.isDisabled == true,
            "hasOwn": rights != nil,
            "mayNothing": modes.isEmpty,
            "codes": modes.map { mode in
                [
                    "code": configuration.prefixes[mode], "example": configuration.prefixes[mode] + "101",
                    "name": texts("permission_\(mode.rawValue)"), "help": texts("permission_\(mode.rawValue)_help"),
                    "key": mode.rawValue,
                ]
            },
            "keys": keys.map { ["key": $0.0, "text": $0.1] },
            "sounds": ["no_right", "no_such", "nobody", "busy", "failed", "tones"].map {
                ["text": texts("sound_\($0)"), "means": texts("sound_\($0)_means")]
            },
        ]
    }

    /// Nil for an account without a user.
    private func rights(of owner: Extension?) async throws -> UserRights? {
        guard let owner else { return nil }
        if let user = try await directory.user(owner) { return user.rights }
        return (try? await asterisk.rights(of: owner)) ?? UserRights()
    }
}
