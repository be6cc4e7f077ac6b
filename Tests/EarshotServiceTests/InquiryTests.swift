import ARI
import ARITestSupport
import EarshotService
import Testing

@Suite(.timeLimit(.minutes(5)))
struct InquiryTests {
    @Test func `the engine says whether it is connected, and how many sessions there are`() async throws {
        let inquiry = ServiceInquiry()
        try await Stage.run(.office(), Stage.Options(inquiry: inquiry)) { stage in
            #expect(await inquiry.condition() == ServiceCondition(isConnected: true, sessions: 0))
            _ = try await stage.monitor()
            #expect(await inquiry.condition() == ServiceCondition(isConnected: true, sessions: 1))
            for _ in 0..<100 { await stage.asterisk.inject(.refuse(ARITransportError(.connectionFailed, "refused"))) }
            await stage.asterisk.dropConnection()
            await stage.settle()
            #expect(await inquiry.condition() == ServiceCondition(isConnected: false, sessions: 1))
        }
    }

    @Test func `a service that has ended does not keep whoever asks waiting`() async throws {
        let inquiry = ServiceInquiry()
        try await Stage.run(.office(), Stage.Options(inquiry: inquiry)) { stage in
            try await stage.stop()
            #expect(await inquiry.condition() == nil)
        }
    }
}
