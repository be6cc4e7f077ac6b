/// Takes our credentials out of what a server wrote: some error pages repeat the request with all its headers.
struct Redactor: Sendable {
    private let secrets: [Secret]

    /// - Parameter authorization: the `Authorization` header's value, `Basic …`.
    init(_ credentials: CurlCredentials?, authorization: String?) {
        var secrets: [Secret] = []
        if let password = credentials?.password, !password.isEmpty { secrets.append(password) }
        if let authorization, let token = authorization.split(separator: " ").last {
            secrets.append(Secret(String(token)))
        }
        self.secrets = secrets
    }

    /// One printable line of at most 200 characters, without the secrets.
    func redact(_ text: String) -> String {
        var bytes = Array(text.utf8)
        for secret in secrets {
            bytes = Self.replace(Array(secret.reveal().utf8), in: bytes)
        }
        return TextEncoding.printable(String(decoding: bytes, as: UTF8.self))
    }

    private static func replace(_ wanted: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            if rest.starts(with: wanted) {
                result += "<redacted>".utf8
                rest = rest.dropFirst(wanted.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }
}
