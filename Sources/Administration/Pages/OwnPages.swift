import Directory
import Hummingbird
import Monitoring
import MonitoringRecord

/// `/dialing` and `/me`: what a supervisor may do and how, and who has listened to them.
extension Site {
    func dialing(_ request: PageRequest) async throws -> Response {
        var values = try await dialingValues(request)
        values["title"] = request.texts("nav_dialing")
        values["tabs"] = tabs(request)
        return page("dialing", values, for: request)
    }

    func ownPage(_ request: PageRequest) async throws -> Response {
        let texts = request.texts
        var values = try await dialingValues(request)
        values["title"] = texts("nav_me")
        values["tabs"] = tabs(request)
        if let owner = request.visitor?.account.`extension` {
            values["extension"] = owner.digits
            if let user = try await directory.user(owner) {
                values["scope"] =
                    user.rights.scope.isEverybody
                    ? texts("everybody") : user.rights.scope.description.replacing("group:", with: "")
                let groups = user.rights.groups.sorted().map(\.rawValue).joined(separator: ", ")
                if !groups.isEmpty { values["groups"] = groups }
            }
            values["listeners"] = try await listeners(owner, request)
        }
        return page("me", values, for: request)
    }

    /// Who has listened to the user of an account, as far as they may know.
    private func listeners(_ owner: Extension, _ request: PageRequest) async throws -> [String: Any] {
        var query = RecordQuery.hearing(owner.digits, limit: Self.entriesOnPage)
        switch configuration.visibility {
        case .never: return ["isHidden": true]
        case .nextDay:
            let today = Moment.text(now(), .english).prefix(10)
            query.until = Moment.beginning(of: String(today))
        case .atOnce: break
        }
        query.before = request.form.text("before").flatMap { Int($0) }
        let entries = try await record.entries(query)
        var values: [String: Any] = [
            "isEmpty": entries.isEmpty, "lines": entries.map { line($0, request.texts) },
        ]
        if entries.count == query.limit, let last = entries.last { values["older"] = "/me?before=\(last.sequence)" }
        return values
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
        if rights == nil || !params.switchesModeByKey { keys.append(("102#", texts("key_go_to"))) }
        keys.append(("#", texts("key_louder")))
        if params.exitsToExtension { keys.append((texts("key_digit"), texts("key_exit"))) }
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
            "sounds": sounds(params, texts),
        ]
    }

    /// What a supervisor can hear, and what it means.
    private func sounds(_ params: SpyParams, _ texts: Catalogue) -> [[String: Any]] {
        var rows: [[String: Any]] = []
        if !params.isQuiet {
            let key = params.announcedName == nil ? "sound_announcement" : "sound_name"
            rows.append(["text": texts(key), "means": texts("sound_announcement_means")])
        }
        for (meaning, words) in Self.meanings {
            switch meaning {
            case "call_ended": if params.isQuiet || params.exitsWhenTargetHangsUp { continue }
            case "waiting": if params.stopsWhenNoChannelIsLeft { continue }
            default: break
            }
            var media: [[String]] = []
            for word in words {
                if let played = configuration.sounds[word], !media.contains(played) { media.append(played) }
            }
            let spoken = media.map { $0.map { spokenText($0, texts) }.joined(separator: ", ") }
            guard !spoken.isEmpty else { continue }
            rows.append([
                "text": spoken.joined(separator: texts("sound_or")), "means": texts("sound_\(meaning)_means"),
            ])
        }
        rows.append(["text": texts("sound_tones"), "means": texts("sound_tones_means")])
        return rows
    }

    /// What sounds stand for, with the words of the configuration.
    static var meanings: [(meaning: String, words: [String])] {
        [
            ("call_ended", ["call_ended"]), ("waiting", ["waiting"]), ("key_refused", ["key_refused"]),
            ("rights_lowered", ["rights_lowered"]),
            (
                "no_right",
                [.noPermission, .modeAbovePermission, .monitoringDisabled, .notInGroup, .transferred, .targetProtected]
                    .map(\Refusal.word)
            ),
            ("no_such", [.unknownExtension, .ownExtension, .notAnAgent, .badCode].map(\Refusal.word)),
            ("nobody", [Refusal.nobodyTalking.word, "waiting_limit"]),
            ("busy", [.noCapacity, .asteriskOverloaded, .tooManySessions].map(\Refusal.word)),
            ("ended", [Refusal.endedByAdministrator.word]),
            ("failed", [.asteriskRefused, .storageUnavailable].map(\Refusal.word)),
        ]
    }

    /// The words of a sound that Asterisk brings along; of another one its name.
    private func spokenText(_ media: String, _ texts: Catalogue) -> String {
        let name = media.split(separator: ":", maxSplits: 1).last.map(String.init) ?? media
        return texts.texts["media_\(name)"] ?? "“\(name)”"
    }

    /// Nil for an account without a user.
    private func rights(of owner: Extension?) async throws -> UserRights? {
        guard let owner else { return nil }
        if let user = try await directory.user(owner) { return user.rights }
        return (try? await asterisk.rights(of: [owner]))?[owner] ?? UserRights()
    }
}
