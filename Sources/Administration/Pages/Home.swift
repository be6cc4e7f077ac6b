import Directory
import Hummingbird
import Monitoring

/// `/`: what there is, with the tabs "Dialing info" and "My page".
extension Site {
    /// The first page and its tabs.
    static var tabs: [String] { ["/", "/dialing", "/me"] }

    func home(_ request: PageRequest) async throws -> Response {
        guard let account = request.visitor?.account else { throw PageError.notFound }
        let texts = request.texts
        var values: [String: Any] = [
            "title": texts("home_title"),
            "tabs": tabs(request),
            "signedIn": texts(
                account.`extension` == nil ? "home_account" : "home_account_extension",
                [
                    "account": account.name.rawValue, "role": texts("role_\(account.role.rawValue)"),
                    "extension": account.`extension`?.digits ?? "",
                ]
            ),
        ]
        var cards: [[String: Any]] = []
        func add(_ path: String, _ access: Route.Access, _ name: String, _ text: String) {
            guard access.allows(account.role) else { return }
            cards.append(["path": path, "name": texts(name), "text": text])
        }
        if Route.Access.administrators.allows(account.role) {
            let count = try await directory.count()
            let text = count == 1 ? texts("users_count_one") : texts("users_count", ["count": "\(count)"])
            add("/users", .administrators, "nav_users", count == 0 ? texts("users_none") : text)
            values["isAsteriskAway"] = await !asterisk.answers()
        }
        let running = await live.sessions().count
        let now =
            switch running {
            case 0: texts("now_nobody")
            case 1: texts("home_sessions_one")
            default: texts("home_sessions", ["count": "\(running)"])
            }
        add("/now", .auditors, "nav_now", now)
        add("/record", .auditors, "nav_record", texts("record_lead"))
        add("/dialing", .signedIn, "nav_dialing", texts("dialing_lead"))
        if account.`extension` != nil {
            add("/me", .signedIn, "nav_me", texts(configuration.visibility == .never ? "home_me_rights" : "home_me"))
        }
        values["cards"] = cards
        return page("home", values, for: request)
    }

    func tabs(_ request: PageRequest) -> [[String: Any]] {
        zip(Self.tabs, ["home_overview", "nav_dialing", "nav_me"]).map { path, name in
            ["path": path, "name": request.texts(name), "isHere": path == request.path]
        }
    }
}
