import Glibc

/// What a test's certificate is like.
enum CertificateKind: String, Sendable {
    case good
    case expired
    case notYetValid
    case wrongHost
    case selfSigned
}

/// A certificate authority and one server certificate, made with the `openssl` command in a folder of their own,
/// which goes with this object.
final class TestCertificates: Sendable {
    let folder: String

    init(_ kind: CertificateKind) throws {
        var template = Array("/tmp/earshot-tls-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ServerError(operation: "mkdtemp") }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        _ = try file("ca.cnf", Self.configuration)
        _ = try file("database", "")
        try makeAuthority("ca")
        try makeServer(kind)
    }

    deinit {
        // A folder that stays behind in the temporary directory does no harm.
        if let process = try? ChildProcess(["rm", "-rf", folder]) { _ = process.wait() }
    }

    var authority: String { folder + "/ca.pem" }
    var certificate: String { folder + "/server.pem" }
    var key: String { folder + "/server.key" }

    /// Another authority, which signed nothing.
    func otherAuthority() throws -> String {
        try makeAuthority("other")
        return folder + "/other.pem"
    }

    func file(_ name: String, _ text: String) throws -> String {
        let path = "\(folder)/\(name)"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ServerError(operation: "open") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw ServerError(operation: "write") }
        return path
    }

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

    private func makeAuthority(_ name: String) throws {
        try openssl(
            [
                "req", "-x509", "-keyout", "\(name).key", "-out", "\(name).pem", "-days", "2", "-subj",
                "/CN=Test \(name)",
            ]
                + Self.newKey
        )
    }

    private func makeServer(_ kind: CertificateKind) throws {
        let name = kind == .wrongHost ? "DNS:other.example" : "IP:127.0.0.1,DNS:localhost"
        let request = ["req", "-keyout", "server.key", "-subj", "/CN=server", "-addext", "subjectAltName=\(name)"]
        guard kind != .selfSigned else {
            try openssl(request + ["-x509", "-days", "2", "-out", "server.pem"] + Self.newKey)
            return
        }
        try openssl(request + ["-out", "server.csr"] + Self.newKey)
        let dates: [String] =
            switch kind {
            case .good, .wrongHost, .selfSigned: ["-days", "2"]
            case .expired: ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"]
            case .notYetValid: ["-startdate", "20900101000000Z", "-enddate", "20900201000000Z"]
            }
        try openssl(
            ["ca", "-batch", "-config", "ca.cnf", "-in", "server.csr", "-out", "server.pem", "-notext"] + dates
        )
    }

    private func openssl(_ arguments: [String]) throws {
        let process = try ChildProcess(["openssl"] + arguments, folder: folder)
        guard process.wait() == 0 else { throw ServerError(operation: "openssl \(arguments[0])") }
    }

    private static let configuration = """
        [ca]
        default_ca = authority
        [authority]
        database = database
        new_certs_dir = .
        rand_serial = yes
        certificate = ca.pem
        private_key = ca.key
        default_md = sha256
        policy = any
        copy_extensions = copy
        unique_subject = no
        [any]
        commonName = supplied
        """
}

/// `openssl s_server`, talking to its clients through its standard input and output.
final class TLSServer {
    let port: Int
    private let process: ChildProcess

    /// - Parameter answersPages: whether it answers HTTP requests by itself.
    init(_ certificates: TestCertificates, answersPages: Bool = true) throws {
        process = try ChildProcess(
            [
                "openssl", "s_server", "-accept", "127.0.0.1:0", "-key", certificates.key, "-cert",
                certificates.certificate,
            ]
                + (answersPages ? ["-www"] : [])
        )
        guard let line = process.line(containing: "ACCEPT"), let last = line.split(separator: ":").last,
            let port = Int(last)
        else { throw ServerError(operation: "openssl s_server") }
        self.port = port
    }

    /// Reads lines of the output until one has this in it.
    func line(containing text: String) -> String? {
        process.line(containing: text)
    }

    /// Sends bytes to the client.
    func write(_ bytes: [UInt8]) {
        process.write(bytes)
    }

    func stop() {
        process.terminate()
        _ = process.wait()
    }
}
