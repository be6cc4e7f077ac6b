extension ARIClient {
    /// Plays media to one channel, one after the other, behind whatever it is played already.
    ///
    /// Only that channel hears it, also in a bridge. The answer comes at once; `PlaybackStarted` and
    /// `PlaybackFinished` tell the rest, and a missing file shows only as the state `failed` of the latter.
    ///
    /// - Parameter media: such as `sound:beep` or `digits:12`. ARI separates them by commas, so none may hold one.
    /// - Throws: `notFound` if the channel is gone, `notInStasis` if it has left Stasis.
    @discardableResult
    package func play(_ media: [String], on channel: Channel.ID, as id: Playback.ID) async throws -> Playback {
        try await send(
            ARIOperation.play.request(
                channel.rawValue,
                id.rawValue,
                query: ["media": media.joined(separator: ",")],
                timeout: timeout
            )
        )
    }

    /// Stops the medium that plays now; a playback of several media goes on with the next one.
    @discardableResult
    package func stopPlayback(_ id: Playback.ID) async throws -> Removal {
        try await remove(ARIOperation.stopPlayback.request(id.rawValue, timeout: timeout))
    }
}
