package import Monitoring

/// A directory of users, as far as their rights are concerned.
package protocol UserDirectory: Sendable {
    /// What it says of the user whose endpoint this is. Never throws: that it cannot be read is a finding too.
    func finding(of endpoint: EndpointName) async -> DirectoryFinding

    /// Tells each change, by whomever and from whichever process, until the task is cancelled.
    func watch(_ body: @Sendable (RightsChange) async -> Void) async
}
