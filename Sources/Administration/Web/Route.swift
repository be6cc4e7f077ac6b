import Directory
import Hummingbird

/// One page or action: where it is, and who may have it.
struct Route: Sendable {
    enum Access: Hashable, Sendable {
        /// Also whoever has not signed in.
        case everybody
        case accounts(Set<AccountRole>)
        /// Programs, on this machine or with the token: nobody's account counts, and they get no session.
        case operations

        static let signedIn = Access.accounts(Set(AccountRole.allCases))
        static let administrators = Access.accounts([.administrator])
        static let auditors = Access.accounts([.administrator, .auditor])

        func allows(_ role: AccountRole) -> Bool {
            switch self {
            case .everybody: true
            case .accounts(let roles): roles.contains(role)
            case .operations: false
            }
        }
    }

    let method: HTTPRequest.Method
    let path: RouterPath
    let access: Access
    let handler: @Sendable (PageRequest) async throws -> Response

    init(
        _ method: HTTPRequest.Method,
        _ path: RouterPath,
        _ access: Access,
        _ handler: @escaping @Sendable (PageRequest) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.handler = handler
    }
}
