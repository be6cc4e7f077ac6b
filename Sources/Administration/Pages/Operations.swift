import HTTPTypes
import Hummingbird
import Monitoring
import NIOCore

/// `/metrics`, `/health/live`, `/health/ready`: for programs, which have no session.
extension Site {
    func metricsPage(_: PageRequest) async -> Response {
        plain(.ok, await operations.metrics(), type: operations.metricsType)
    }

    func livePage(_: PageRequest) async -> Response {
        await operations.isLive()
            ? plain(.ok, "live\n") : plain(.serviceUnavailable, "The engine does not answer.\n")
    }

    func readyPage(_: PageRequest) async -> Response {
        let obstacles = await operations.obstacles()
        guard obstacles.isEmpty else {
            return plain(.serviceUnavailable, obstacles.map { $0 + "\n" }.joined())
        }
        return plain(.ok, "ready\n")
    }

    /// What a program is told that may not have this; nil for one that may: one on this machine, or one that has the token.
    func refusalForPrograms(_ request: Request, from address: String) -> Response? {
        if isFromThisMachine(request, address) { return nil }
        guard let token = configuration.metricsToken else {
            return plain(.forbidden, "Only programs on this machine may read this, unless web.metrics_token is set.\n")
        }
        if token.isIn(request.headers[.authorization]) { return nil }
        var response = plain(.unauthorized, "This needs the token of web.metrics_token: Authorization: Bearer TOKEN\n")
        response.headers[.wwwAuthenticate] = "Bearer realm=\"earshot\""
        return response
    }

    /// Whether nobody but a program on this machine has asked. What a proxy has passed on comes from whom the proxy names, and from
    /// nobody here where that is not our proxy.
    ///
    /// - Parameter address: where the connection came from.
    private func isFromThisMachine(_ request: Request, _ address: String) -> Bool {
        guard ClientNetwork.isLoopback(address) else { return false }
        guard let name = HTTPField.Name("X-Forwarded-For"), let forwarded = request.headers[name] else { return true }
        guard configuration.isBehindProxy, let last = forwarded.split(separator: ",").last else { return false }
        return ClientNetwork.isLoopback(String(last.trimmed))
    }

    private func plain(
        _ status: HTTPResponse.Status,
        _ text: String,
        type: String = "text/plain; charset=utf-8"
    ) -> Response {
        var headers = HTTPFields.ofPages
        headers[.contentType] = type
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
