import Testing
import WebSocketFraming

@testable import CurlTransport

/// Sends one request over TLS to a server with this kind of certificate.
///
/// - Parameter authority: the file of authorities that the client gets; nil for the system's.
private func send(
    to kind: CertificateKind,
    authority: (TestCertificates) throws -> String? = { $0.authority },
    host: String = "127.0.0.1"
) async throws -> Result<CurlResponse, CurlError> {
    let certificates = try TestCertificates(kind)
    let server = try TLSServer(certificates)
    defer { server.stop() }
    var configuration = try configuration(port: server.port, scheme: "https")
    configuration.baseURL = try CurlBaseURL("https://\(host):\(server.port)")
    configuration.certificateAuthorityFile = try authority(certificates)
    return try await withClient(configuration) { client in
        do {
            return .success(try await client.send(request()))
        } catch let error as CurlError {
            return .failure(error)
        }
    }
}

extension Result where Failure == CurlError {
    fileprivate var error: CurlError? {
        if case .failure(let error) = self { error } else { nil }
    }
}

@Suite(.timeLimit(.minutes(2)))
struct TLSTests {
    @Test(arguments: ["127.0.0.1", "localhost"])
    func `a certificate of our own authority is accepted`(host: String) async throws {
        let result = try await send(to: .good, host: host)
        #expect(try result.get().status == 200)
    }

    @Test func `an authority that the system does not know is named so`() async throws {
        #expect(try await send(to: .good, authority: { _ in nil }).error?.code == .certificateAuthorityUnknown)
    }

    @Test func `another authority than the one given is named so`() async throws {
        let error = try await send(to: .good, authority: { try $0.otherAuthority() }).error
        #expect(error?.code == .certificateAuthorityUnknown)
        #expect(error?.curlCode == 60)
    }

    @Test(
        arguments: [
            (.selfSigned, .certificateAuthorityUnknown), (.expired, .certificateExpired),
            (.notYetValid, .certificateNotYetValid), (.wrongHost, .certificateHostMismatch),
        ] as [(CertificateKind, CurlError.Code)]
    )
    func `a certificate that is refused says why`(kind: CertificateKind, code: CurlError.Code) async throws {
        #expect(try await send(to: kind).error?.code == code)
    }

    @Test func `a file of authorities that is missing, empty or no certificate is named`() async throws {
        let files: [(TestCertificates) throws -> String] = [
            { $0.folder + "/missing.pem" },
            { try $0.file("empty.pem", "") },
            { try $0.file("garbage.pem", "no certificate\n") },
            { $0.folder },
        ]
        for file in files {
            let error = try await send(to: .good, authority: file).error
            #expect(error?.code == .certificateAuthorityFileInvalid)
        }
    }

    @Test func `https to an http port is named so`() async throws {
        try await withScriptedServer { connection in
            _ = connection.read(5)
            connection.respond("400 Bad Request")
        } _: { server in
            try await withClient(try configuration(port: server.port, scheme: "https")) { client in
                let error = await curlError { try await client.send(request()) }
                #expect(error?.code == .serverSpeaksNoTLS)
            }
        }
    }

    @Test func `http to a TLS port is named so, for requests and WebSockets`() async throws {
        let server = try TLSServer(try TestCertificates(.good))
        defer { server.stop() }
        try await withClient(try configuration(port: server.port)) { client in
            let error = await curlError { try await client.send(request()) }
            #expect(error?.code == .serverExpectsTLS)
            #expect(error?.operation == "getX")
            let second = await curlError { try await client.withWebSocket(events) { _ in } }
            #expect(second?.code == .serverExpectsTLS)
        }
    }

    @Test func `a server that accepts and never speaks TLS runs into the connect time-out, which names itself`()
        async throws
    {
        try await withScriptedServer { connection in
            connection.waitForClose()
        } _: { server in
            var configuration = try configuration(port: server.port, scheme: "https")
            configuration.connectTimeout = .milliseconds(50)
            try await withClient(configuration) { client in
                let error = await curlError { try await client.send(request()) }
                #expect(error?.code == .connectTimeout)
                #expect(error?.description.contains("0.05 seconds") == true)
            }
        }
    }

    @Test func `a WebSocket over TLS carries messages both ways`() async throws {
        let certificates = try TestCertificates(.good)
        let server = try TLSServer(certificates, answersPages: false)
        defer { server.stop() }
        var configuration = try configuration(port: server.port, scheme: "https")
        configuration.certificateAuthorityFile = certificates.authority
        let texts = try await withClient(configuration) { client in
            async let texts = client.withWebSocket(events) { try await all($0) }
            let line = server.line(containing: "Sec-WebSocket-Key")
            let key = try #require(ScriptedConnection.key(of: line ?? ""))
            server.write(Array(ScriptedConnection.agreement(key).utf8))
            server.write(serverFrame(WebSocketFrame(opcode: .text, payload: Array("secret".utf8))))
            server.write(serverFrame(WebSocketFrame(opcode: .close, payload: [0x03, 0xE8])))
            return try await texts
        }
        #expect(texts == ["secret"])
    }

    @Test func `a WebSocket to a server with a wrong authority is refused`() async throws {
        let certificates = try TestCertificates(.good)
        let server = try TLSServer(certificates)
        defer { server.stop() }
        var configuration = try configuration(port: server.port, scheme: "https")
        configuration.certificateAuthorityFile = try certificates.otherAuthority()
        try await withClient(configuration) { client in
            let error = await curlError { try await client.withWebSocket(events) { _ in } }
            #expect(error?.code == .certificateAuthorityUnknown)
        }
    }
}
