import LabSupport
import Testing

/// Somebody who has come to a channel in Earshot's application without having dialled a code.
extension Scene {
    /// Waits until Earshot has refused somebody for this reason, and until their call is over; nobody was heard by anybody.
    func expectStranger(
        _ stranger: Phone,
        isRefused reason: String,
        after start: Int,
        marks: (stranger: HearingMark, agent: HearingMark, client: HearingMark),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let line = try await earshot.waitForLog("supervisor refused", after: start)
        #expect(line["permission.reason"] == reason, sourceLocation: sourceLocation)
        try await lab.waitUntil("the end of the stranger's call", within: .seconds(10)) { channels, _ in
            !channels.contains { $0.endpoint == stranger.settings.user }
        }
        let heard = stranger.heard(since: marks.stranger)
        for tone in [Tone.client, .agent] {
            // A prompt is speech and has every frequency for a moment; a call's tone lasts.
            #expect(heard.longestStretch(of: tone) <= .milliseconds(200), sourceLocation: sourceLocation)
        }
        for ear in [agent.heard(since: marks.agent), client.heard(since: marks.client)] {
            for tone in [Tone.supervisor, .secondSupervisor] {
                #expect(ear.longestStretch(of: tone) <= .milliseconds(40), sourceLocation: sourceLocation)
            }
        }
    }

    /// This moment in what three phones hear.
    func marks(_ stranger: Phone) -> (stranger: HearingMark, agent: HearingMark, client: HearingMark) {
        (stranger.mark(), agent.mark(), client.mark())
    }
}
