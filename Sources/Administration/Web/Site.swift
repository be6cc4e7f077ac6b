import Directory
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Monitoring
import Mustache
import NIOCore
import Storage

/// All pages, and what they are made from.
struct Site<ServiceClock: Clock>: Sendable where ServiceClock.Duration == Duration {
    let configuration: AdministrationConfiguration
    let directory: Directory
    let live: any LiveSessions
    let asterisk: any AsteriskView
    let record: any RecordView
    let operations: any OperationsView
    let sessions: Sessions<ServiceClock>
    let signInLimit: SignInLimit<ServiceClock>
    let passwordCheck = PasswordCheck()
    let clock: ServiceClock
    let templates: MustacheLibrary
    /// Milliseconds since 1970.
    let now: @Sendable () -> Int64
    let logger: Logger

    /// The largest form, in bytes.
    static var longestForm: Int { 256 * 1024 }
    /// Over TLS no other host and no page in plain text can set a cookie of this name (RFC 6265bis, 4.1.3.2).
    var sessionCookie: String { configuration.isSecure ? "__Host-earshot_session" : "earshot_session" }
    static var languageCookie: String { "earshot_language" }

    /// Every page and action. Who may have which stands here and nowhere else.
    var routes: [Route] {
        [
            Route(.get, "/", .signedIn, home),
            Route(.get, "/sign-in", .everybody, signInForm),
            Route(.post, "/sign-in", .everybody, signIn),
            Route(.post, "/sign-out", .signedIn, signOut),
            Route(.post, "/language", .everybody, chooseLanguage),
            Route(.get, "/users", .administrators, users),
            Route(.post, "/users", .administrators, addUser),
            Route(.post, "/users/change", .administrators, changeUsers),
            Route(.get, "/users/{extension}", .administrators, user),
            Route(.post, "/users/{extension}", .administrators, updateUser),
            Route(.post, "/users/{extension}/remove", .administrators, removeUser),
            Route(.get, "/now", .auditors, nowPage),
            Route(.get, "/now/events", .auditors, nowEvents),
            Route(.post, "/now/end", .administrators, endSession),
            Route(.get, "/record", .auditors, recordPage),
            Route(.get, "/record.csv", .auditors, recordFile),
            Route(.get, "/dialing", .signedIn, dialing),
            Route(.get, "/me", .signedIn, ownPage),
            Route(.get, "/metrics", .operations, metricsPage),
            Route(.get, "/health/live", .operations, livePage),
            Route(.get, "/health/ready", .operations, readyPage),
            Route(.get, "/assets/style.css", .everybody) { _ in asset(PackageResources.style_css, "text/css") },
            Route(.get, "/assets/page.js", .everybody) { _ in asset(PackageResources.page_js, "text/javascript") },
        ]
    }

    func router() -> Router<PageContext> {
        let router = Router(context: PageContext.self)
        router.add(middleware: NotFoundPage(site: self))
        for route in routes {
            router.on(route.path, method: route.method) { request, context in
                await answer(request, context, by: route)
            }
        }
        return router
    }

    // MARK: - Requests

    /// Answers whatever no route is for.
    fileprivate func notFound(_ request: Request, _ context: PageContext) async -> Response {
        // Without the file nobody is signed in, and the page is as well not there.
        let visitor = try? await visitor(request.cookies[sessionCookie]?.value)
        return message(.notFound, "not_found", catalogue(of: request), visitor)
    }

    private func answer(_ request: Request, _ context: PageContext, by route: Route) async -> Response {
        let isForPrograms = route.access == .operations
        if isForPrograms, let refusal = refusalForPrograms(request, from: context.address) { return refusal }
        let texts = catalogue(of: request)
        let cookie = isForPrograms ? nil : request.cookies[sessionCookie]?.value
        var visitor: Visitor?
        do {
            visitor = try await self.visitor(cookie)
            if case .accounts = route.access {
                guard let visitor else {
                    guard route.method == .get else { return message(.unauthorized, "session_over", texts, nil) }
                    return redirect(to: "/sign-in?to=" + request.uri.description.percentEncoded)
                }
                guard route.access.allows(visitor.account.role) else {
                    return message(.forbidden, "not_allowed", texts, visitor)
                }
            }
            var form = Form(request.uri.query ?? "")
            if route.method == .post {
                guard isFromHere(request, isSignedIn: visitor != nil) else {
                    return message(.forbidden, "from_elsewhere", texts, visitor)
                }
                guard let body = try? await request.body.collect(upTo: Self.longestForm) else {
                    return message(.contentTooLarge, "too_large", texts, visitor)
                }
                form = Form(String(buffer: body))
                if let visitor, !ConstantTime.areSame((form["token"] ?? "").utf8, visitor.token.utf8) {
                    return message(.forbidden, "from_elsewhere", texts, visitor)
                }
            }
            return try await route.handler(
                PageRequest(
                    path: request.uri.path,
                    isGet: request.method == .get,
                    place: request.method == .get ? request.uri.description : request.uri.path,
                    parameters: context.parameters,
                    form: form,
                    texts: texts,
                    visitor: visitor,
                    cookie: cookie,
                    address: address(of: request, context)
                )
            )
        } catch PageError.notFound {
            return message(.notFound, "not_found", texts, visitor)
        } catch PageError.badRequest {
            return message(.badRequest, "bad_request", texts, visitor)
        } catch let error as StorageError {
            logger.error("page cannot read or write", metadata: ["error": "\(error)"])
            return message(.serviceUnavailable, "storage_failed", texts, visitor)
        } catch {
            logger.error("page failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return message(.internalServerError, "page_failed", texts, visitor)
        }
    }

    private func visitor(_ cookie: String?) async throws -> Visitor? {
        guard let cookie else { return nil }
        return try await sessions.visitor(cookie)
    }

    private func catalogue(of request: Request) -> Catalogue {
        let chosen = request.cookies[Self.languageCookie].flatMap { Language(rawValue: $0.value) }
        return Catalogue[chosen ?? Language(accepting: request.headers[.acceptLanguage])]
    }

    /// Where the request came from: a proxy on this machine says whom it has asked for (`X-Forwarded-For`, the last one). Anybody else
    /// could say so of themselves.
    private func address(of request: Request, _ context: PageContext) -> String {
        guard configuration.isBehindProxy, ["127.0.0.1", "::1"].contains(context.address),
            let name = HTTPField.Name("X-Forwarded-For"), let last = request.headers[name]?.split(separator: ",").last
        else { return context.address }
        let address = String(last.trimmed)
        return (try? SocketAddress(ipAddress: address, port: 0)) == nil ? context.address : address
    }

    /// Whether the browser says that one of our own pages has sent the form. Old browsers say nothing; the token says it then, and
    /// whoever is not signed in has none.
    private func isFromHere(_ request: Request, isSignedIn: Bool) -> Bool {
        if let name = HTTPField.Name("Sec-Fetch-Site"), let site = request.headers[name] {
            return site == "same-origin" || site == "none"
        }
        guard let origin = request.headers[.origin] else { return isSignedIn }
        return origin.split(separator: "/").last.map(String.init) == request.head.authority
    }

    // MARK: - Answers

    /// A page of a template.
    func page(
        _ template: String,
        _ values: [String: Any],
        for request: PageRequest,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        page(template, values, request.texts, request.visitor, request.path, request.place, status)
    }

    private func message(
        _ status: HTTPResponse.Status,
        _ key: String,
        _ texts: Catalogue,
        _ visitor: Visitor?
    ) -> Response {
        let values = ["title": texts("\(key)_title"), "text": texts("\(key)_text")]
        return page("message", values, texts, visitor, "", "/", status)
    }

    private func page(
        _ template: String,
        _ values: [String: Any],
        _ texts: Catalogue,
        _ visitor: Visitor?,
        _ path: String,
        _ place: String,
        _ status: HTTPResponse.Status
    ) -> Response {
        var all = values
        all["t"] = texts.texts
        all["lang"] = texts.language.rawValue
        // Where another language leads to: an action has no page of its own.
        if all["place"] == nil { all["place"] = place }
        all["languages"] = Language.allCases.filter { $0 != texts.language }
            .map { ["code": $0.rawValue, "name": $0.name] }
        if let visitor {
            all["token"] = visitor.token
            all["visitor"] = visitor.account.name.rawValue
            all["hasPlaces"] = true
            all["places"] = places(for: visitor, path, texts)
        }
        guard let text = templates.render(all, withTemplate: template) else {
            logger.error("page failed", metadata: ["template": "\(template)"])
            return Response(status: .internalServerError)
        }
        var headers = HTTPFields.ofPages
        headers[.contentType] = "text/html; charset=utf-8"
        headers[.contentLanguage] = texts.language.rawValue
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    /// The pages that this account may go to.
    private func places(for visitor: Visitor, _ path: String, _ texts: Catalogue) -> [[String: Any]] {
        let all: [(path: String, access: Route.Access, key: String)] = [
            ("/", .signedIn, "nav_home"), ("/users", .administrators, "nav_users"), ("/now", .auditors, "nav_now"),
            ("/record", .auditors, "nav_record"),
        ]
        // The tabs of the first page have paths of their own.
        let path = Self.tabs.contains(path) ? "/" : path
        return all.filter { $0.access.allows(visitor.account.role) }.map { place in
            let isHere = path == place.path || path.hasPrefix(place.path + "/")
            return ["path": place.path, "name": texts(place.key), "isHere": isHere]
        }
    }

    func redirect(to path: String) -> Response {
        var headers = HTTPFields.ofPages
        headers[.location] = path
        return Response(status: .seeOther, headers: headers)
    }

    private func asset(_ bytes: [UInt8], _ type: String) -> Response {
        var headers = HTTPFields.ofPages
        headers[.contentType] = "\(type); charset=utf-8"
        headers[.cacheControl] = "no-cache"
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

/// Answers by a page of ours where there is no route.
private struct NotFoundPage<ServiceClock: Clock>: RouterMiddleware where ServiceClock.Duration == Duration {
    typealias Context = PageContext

    let site: Site<ServiceClock>

    @concurrent
    func handle(
        _ request: Request,
        context: PageContext,
        next: @concurrent (Request, PageContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return await site.notFound(request, context)
        }
    }
}
