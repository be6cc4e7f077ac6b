extension ARIClient {
    /// Plays media to one channel, one after the other, behind whatever it is played already.
    ///
    /// Only that channel hears it, also in a bridge. The answer comes at once; `PlaybackStarted` and
    /// `PlaybackFinished` tell the rest. A missing file is left out, and shows only if it is the last one, as the state
    /// `failed` of the latter. If the last one is a `number:` that is none, or a `recording:` that does not exist,
    /// `PlaybackFinished` never comes.
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

    /// A playback that is not over.
    ///
    /// - Throws: `notFound` if it is over, or never was.
    package func playback(_ id: Playback.ID) async throws -> Playback {
        try await send(ARIOperation.getPlayback.request(id.rawValue, timeout: timeout))
    }

    /// Stops a playback as far as Asterisk can: a `sound:` ends it with all its media, after a `tone:` the next medium
    /// follows, and `digits:`, `number:` and `characters:` are spoken to their end.
    ///
    /// - Throws: `serverError` if what is spoken is the first medium, and plays.
    @discardableResult
    package func stopPlayback(_ id: Playback.ID) async throws -> Removal {
        try await remove(ARIOperation.stopPlayback.request(id.rawValue, timeout: timeout))
    }
}
