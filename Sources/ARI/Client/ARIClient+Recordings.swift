extension ARIClient {
    /// Records what a channel says into a new file, until the channel is hung up. The channel must be in Stasis and in
    /// no bridge: of a snoop that is what it hears.
    ///
    /// While it records, the channel can neither be added to a bridge nor be played anything nor go on in the dialplan;
    /// a second recording waits for its end. `RecordingStarted` tells the beginning, and `RecordingFinished`, which comes
    /// before the channel's `StasisEnd`, that the file is closed. A channel that is in a bridge is found out late: the
    /// request succeeds, and `RecordingFailed` follows.
    ///
    /// - Parameters:
    ///   - name: the file's path below Asterisk's folder of recordings, without the ending. No file of this name may
    ///     exist, whatever its ending.
    ///   - format: the file's format and ending.
    /// - Throws: `notFound` if the channel is gone, `notInStasis` if it is not in Stasis, `conflict` if the name is in
    ///   use, `unprocessable` if Asterisk does not know the format, `serverError` if the name is empty or leads out of
    ///   the folder, or the file cannot be made.
    @discardableResult
    package func record(
        _ channel: Channel.ID,
        as name: String,
        format: String = "wav"
    ) async throws -> LiveRecording {
        let query: KeyValuePairs<String, String?> = [
            "name": name,
            "format": format,
            "ifExists": "fail",
            "terminateOn": "none",
        ]
        return try await send(ARIOperation.record.request(channel.rawValue, query: query, timeout: timeout))
    }
}
