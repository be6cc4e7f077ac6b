import ARI
import Monitoring

/// Finds out when the audio hooks of snoops that have been hung up are off the channel that they were on.
///
/// Asterisk does not tell of hooks. But a snoop that is hung up stays listed until its hooks are off (`snoop_hangup` of
/// `res_stasis_snoop.c` waits in `ast_audiohook_detach`), which the next packet of that channel brings about, in either direction.
struct HookFinder: Sendable {
    let client: ARIClient
    let clock: any Clock<Duration>

    /// A packet comes every 20 ms. Measured on 22.10.1: mostly the first one takes them off, with several supervisors it can be the fifth.
    private static let shortPause: Duration = .milliseconds(20)
    private static let longPause: Duration = .milliseconds(100)
    /// The channel neither sends nor gets a packet for so long: then it is not known.
    private static let limit: Duration = .seconds(1)
    /// Hooks of snoops that nobody asked about may wait for packets too: one that whispers has two, and each takes a packet.
    private static let margin: Duration = .milliseconds(40)

    /// Returns when they are, or when that cannot be known.
    func areGone(_ snoops: Set<ChannelID>) async -> Bool {
        var listed = snoops.map { Channel.ID($0.rawValue) }
        var waited: Duration = .zero
        do {
            while waited < Self.limit {
                let pause = waited < Self.longPause ? Self.shortPause : Self.longPause
                try await clock.sleep(for: pause)
                waited += pause
                listed = try await stillListed(listed)
                if listed.isEmpty {
                    try await clock.sleep(for: Self.margin)
                    return true
                }
            }
        } catch {
            // Asterisk is away, or the service ends.
        }
        return false
    }

    private func stillListed(_ snoops: [Channel.ID]) async throws -> [Channel.ID] {
        var listed: [Channel.ID] = []
        for snoop in snoops {
            do {
                _ = try await client.channel(snoop)
                listed.append(snoop)
            } catch let error as ARIError where error.code == .notFound {
                continue
            }
        }
        return listed
    }
}
