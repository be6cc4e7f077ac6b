import Crypto
import Foundation

/// The answer to a server that asks who we are (RFC 2617 and RFC 3261, section 22: MD5, with or without `qop=auth`).
struct DigestAnswer {
    let user: String
    let password: String

    /// The value of an Authorization field.
    ///
    /// - Parameter challenge: the value of the server's WWW-Authenticate field.
    /// - Returns: nil when the server wants something other than MD5.
    func authorization(for challenge: String, method: String, uri: String, clientNonce: String) -> String? {
        guard challenge.lowercased().hasPrefix("digest ") else { return nil }
        let parameters = Self.parameters(challenge.dropFirst("digest ".count))
        guard let realm = parameters["realm"], let nonce = parameters["nonce"],
            (parameters["algorithm"] ?? "MD5").uppercased() == "MD5"
        else { return nil }
        let identity = Self.md5("\(user):\(realm):\(password)")
        let request = Self.md5("\(method):\(uri)")
        var fields = [
            "username=\"\(user)\"", "realm=\"\(realm)\"", "nonce=\"\(nonce)\"", "uri=\"\(uri)\"", "algorithm=MD5",
        ]
        if (parameters["qop"] ?? "").split(separator: ",").contains(where: {
            $0.trimmingCharacters(in: .whitespaces) == "auth"
        }) {
            let count = "00000001"
            let response = Self.md5("\(identity):\(nonce):\(count):\(clientNonce):auth:\(request)")
            fields += ["qop=auth", "nc=\(count)", "cnonce=\"\(clientNonce)\"", "response=\"\(response)\""]
        } else {
            fields.append("response=\"\(Self.md5("\(identity):\(nonce):\(request)"))\"")
        }
        if let opaque = parameters["opaque"] { fields.append("opaque=\"\(opaque)\"") }
        return "Digest " + fields.joined(separator: ", ")
    }

    /// `name=value` and `name="value"`, separated by commas, of which a quoted value may contain some.
    static func parameters(_ text: Substring) -> [String: String] {
        var parameters: [String: String] = [:]
        var rest = text
        while let equals = rest.firstIndex(of: "=") {
            let name = rest[..<equals].trimmingCharacters(in: .whitespaces).lowercased()
            rest = rest[rest.index(after: equals)...]
            if rest.first == "\"" {
                rest = rest.dropFirst()
                let end = rest.firstIndex(of: "\"") ?? rest.endIndex
                parameters[name] = String(rest[..<end])
                rest = rest[end...].drop { $0 != "," }.dropFirst()
            } else {
                let end = rest.firstIndex(of: ",") ?? rest.endIndex
                parameters[name] = rest[..<end].trimmingCharacters(in: .whitespaces)
                rest = rest[end...].dropFirst()
            }
        }
        return parameters
    }

    private static func md5(_ text: String) -> String {
        Insecure.MD5.hash(data: Data(text.utf8)).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
