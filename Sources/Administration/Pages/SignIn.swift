import Directory
import Hummingbird

/// `/sign-in`, `/sign-out` and `/language`.
extension Site {
    func signInForm(_ request: PageRequest) async throws -> Response {
        page("sign-in", ["title": request.texts("sign_in"), "to": ownPath(request.form["to"])], for: request)
    }

    func signIn(_ request: PageRequest) async throws -> Response {
        let name = request.form.text("name") ?? ""
        let accountName = AccountName(name)
        func refuse(_ key: String, _ status: HTTPResponse.Status) -> Response {
            return page(
                "sign-in",
                [
                    "title": request.texts("sign_in"), "error": request.texts(key), "name": name,
                    "to": ownPath(request.form["to"]),
                    "place": "/sign-in?to=" + ownPath(request.form["to"]).percentEncoded,
                ],
                for: request,
                status: status
            )
        }
        guard signInLimit.begin(accountName, from: request.address) else {
            return refuse("sign_in_too_often", .tooManyRequests)
        }
        let account: Account?
        let checked: Bool?
        do {
            account = try await self.account(named: accountName)
            checked = try await passwordCheck.matches(request.form["password"] ?? "", account?.password)
        } catch {
            signInLimit.takeBack(accountName, from: request.address)
            throw error
        }
        guard let isRight = checked else {
            signInLimit.takeBack(accountName, from: request.address)
            return refuse("sign_in_busy", .serviceUnavailable)
        }
        guard isRight, let account else {
            // What was typed in the wrong field may be a password: only names that exist are written down. And whoever goes on after
            // too many attempts fills neither the record nor the disk.
            await record.signInRefused(account?.name.rawValue ?? "unknown", from: request.address)
            return refuse("sign_in_wrong", .unauthorized)
        }
        signInLimit.succeeded(account.name, from: request.address)
        try await record.signedIn(account.name, from: request.address)
        if let cookie = request.cookie { sessions.end(cookie) }
        var response = redirect(to: ownPath(request.form["to"]))
        response.setCookie(cookie(sessionCookie, sessions.begin(account)))
        return response
    }

    private func account(named name: AccountName?) async throws -> Account? {
        guard let name else { return nil }
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
        let year = 365 * 86_400
        response.setCookie(cookie(Self.languageCookie, language.rawValue, seconds: year))
        return response
    }

    /// - Parameter seconds: how long the browser keeps it; nil until it is closed.
    private func cookie(_ name: String, _ value: String, seconds: Int? = nil) -> Cookie {
        Cookie(
            name: name,
            value: value,
            maxAge: seconds,
            path: "/",
            secure: configuration.isSecure,
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
