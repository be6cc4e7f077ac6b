/// What not every release of Asterisk can do. `Versions.md` of the documentation lists it, with what Earshot does instead.
///
/// A test of such a thing does not stay away from a release that cannot: it expects there what stands in that document.
package enum AsteriskAbility: Sendable, CaseIterable {
    /// Early media without a prompt (`POST /channels/{channelId}/progress`): `N` in `SPY_PARAMS` without announcement.
    case startEarlyMedia
    /// Music on hold reaches the phone past the audio hooks of its channel. Heard on 22.10.1, and not on 16.28; what is between them
    /// was not tried.
    case keepMusicFromHooks

    /// The first minor number that has it, of each line that got it later than the line began. Lines before them do not have
    /// it, later ones do.
    private var since: [Int: Int] {
        switch self {
        case .startEarlyMedia: [20: 16, 21: 11, 22: 6]
        case .keepMusicFromHooks: [22: 0]
        }
    }

    /// - Parameter version: such as `16.28.0`. What is no release counts as the newest one.
    package func isThere(in version: String) -> Bool {
        let numbers = version.split(separator: ".").map { Int($0) }
        guard numbers.count >= 2, let major = numbers[0], let minor = numbers[1] else { return true }
        if let first = since[major] { return minor >= first }
        return major > since.keys.max() ?? 0
    }
}

extension Lab {
    /// Whether this lab's Asterisk can do it.
    package func can(_ ability: AsteriskAbility) -> Bool { ability.isThere(in: asteriskVersion) }
}
