/// What Earshot must know of an Asterisk to serve it.
package struct ARIAccess: Sendable {
    /// For instance `http://127.0.0.1:40123/ari`.
    package let url: String
    package let username: String
    /// File with the user's password.
    package let passwordFile: String
    package let application: String

    package init(url: String, username: String, passwordFile: String, application: String = "earshot") {
        self.url = url
        self.username = username
        self.passwordFile = passwordFile
        self.application = application
    }
}

extension Lab.ARI {
    package var access: ARIAccess {
        ARIAccess(url: url, username: username, passwordFile: passwordFile, application: application)
    }
}
