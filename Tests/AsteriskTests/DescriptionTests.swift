import ARITestSupport
import LabSupport
import Testing

extension OnAsterisk {
    @Suite struct DescriptionTests {
        @Test(.timeLimit(.minutes(1)))
        func `every operation and parameter that Earshot uses is in Asterisk's own description`() async throws {
            let lab = try Lab.load()
            let differences = try await APIDescription.differences { resource in
                let answer = try await lab.request("GET", "/api-docs/\(resource).json")
                #expect(answer.status == 200, "\(resource)")
                return Array(answer.body.utf8)
            }
            // For what an older release does not have, Earshot does something else (`Versions.md`).
            let missing =
                lab.can(.startEarlyMedia)
                ? [] : ["channels.progress: /channels/{channelId}/progress has no such operation"]
            #expect(differences == missing)
        }
    }
}
