import Directory
import Hummingbird

/// `/sign-in`, `/sign-out`, `/language`, and `/`, which leads to the first page that an account may have.
extension Site {
    func home(_ request: PageRequest) async throws -> Response {
        switch request.visitor?.account.role {
        case .administrator: redirect(to: "/users")
        case .auditor: redirect(to: "/now")
        case .user, nil: redirect(to: "/me")
        }
    }

    func signInForm(_ request: PageRequest) async throws -> Response {
        page("sign-in", ["title": request.texts("sign_in"), "to": ownPath(request.form["to"])], for: request)
    }

    func signIn(_ request: PageRequest) async throws -> Response {
        let name = request.form.text("name") ?? ""
        let keys = ["account " + name.lowercased(), "address " + request.address]
        func refuse(_ key: String, _ status: HTTPResponse.Status) -> Response {
            return page(
                "sign-in",
                [
                    "title": request.texts("sign_in"), "error": request.texts(key), "name": name,
                    "to": ownPath(request.form["to"]),
                ],
                for: request,
                status: status
            )
        }
        if signInLimit.isReached(keys) { return refuse("sign_in_too_often", .tooManyRequests) }
        // Two attempts at the same time count as two.
        signInLimit.failed(keys)
        let account = try await account(named: name)
        let hash = account?.password ?? .ofNobody
        let password = request.form["password"] ?? ""
        // It takes a while on purpose, and others need not wait for it.
        let isRight = await passwordWork.run { hash.matches(password) }
        guard isRight, let account else {
            // What was typed in the wrong field may be a password: only names that exist are written down. And whoever goes on after
            // too many attempts fills neither the record nor the disk.
            await record.signInRefused(account?.name.rawValue ?? "unknown", from: request.address)
            return refuse("sign_in_wrong", .unauthorized)
        }
        signInLimit.succeeded(keys)
        try await record.signedIn(account.name, from: request.address)
        if let cookie = request.cookie { sessions.end(cookie) }
        var response = redirect(to: ownPath(request.form["to"]))
        response.setCookie(cookie(Self.sessionCookie, sessions.begin(account)))
        return response
    }

    private func account(named name: String) async throws -> Account? {
        guard let name = AccountName(name) else { return nil }
        return try await directory.account(name)
    }

    func signOut(_ request: PageRequest) async throws -> Response {
        if let cookie = request.cookie { sessions.end(cookie) }
        if let visitor = request.visitor { await record.signedOut(visitor.account.name, from: request.address) }
        return redirect(to: "/sign-in")
    }

    func chooseLanguage(_ request: PageRequest) async throws -> Response {
        guard let language = request.form["language"].flatMap(Language.init(rawValue:)) else {
            throw PageError.badRequest
        }
        var response = redirect(to: ownPath(request.form["to"]))
        response.setCookie(cookie(Self.languageCookie, language.rawValue))
        return response
    }

    private func cookie(_ name: String, _ value: String) -> Cookie {
        Cookie(
            name: name,
            value: value,
            path: "/",
            secure: configuration.tls != nil,
            httpOnly: true,
            sameSite: .strict
        )
    }

    /// A path of this site, and nothing that a browser could take for another one.
    private func ownPath(_ text: String?) -> String {
        guard let text, text.hasPrefix("/"), !text.hasPrefix("//"), !text.contains("\\"),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return "/" }
        return text
    }
}

/// Does work that takes tens of milliseconds, on a thread of its own, one piece after the other: a flood of wrong passwords costs
/// one core, and no page waits for it.
actor PasswordWork {
    func run(_ work: @Sendable () -> Bool) -> Bool { work() }
}

private let passwordWork = PasswordWork()
