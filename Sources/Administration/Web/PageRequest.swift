import Directory
import HTTPTypes
import Hummingbird
import NIOCore

/// What every request carries, before it is known who has sent it.
struct PageContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Where the request came from.
    let address: String

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? "unknown"
    }
}

/// A request, as a page is asked by it.
struct PageRequest: Sendable {
    let path: String
    let isGet: Bool
    /// The page, as a link leads to it: with its query.
    let place: String
    let parameters: Parameters
    /// The fields of the query, or, of a POST, of the form.
    let form: Form
    let texts: Catalogue
    /// Who is signed in; nil for nobody.
    let visitor: Visitor?
    /// What the cookie of the session says.
    let cookie: String?
    let address: String

    var author: Author { .account(visitor?.account.name.rawValue ?? "nobody") }
}

/// What a handler may throw instead of answering.
enum PageError: Error {
    case notFound
    case badRequest
}

extension HTTPFields {
    /// What every answer says: nothing of a page is kept, framed, or loaded from elsewhere, and no script or style stands in it.
    static let ofPages: HTTPFields = {
        var fields = HTTPFields()
        fields[.contentSecurityPolicy] =
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; "
            + "base-uri 'none'; frame-ancestors 'none'"
        fields[.xContentTypeOptions] = "nosniff"
        fields[.cacheControl] = "no-store"
        if let name = HTTPField.Name("Referrer-Policy") { fields[name] = "same-origin" }
        return fields
    }()
}
