import LabSupport
import Testing

extension OnAsterisk.AsteriskTests {
    /// What other tests take for granted of the lab.
    @Suite struct LabTests {
        @Test(.timeLimit(.minutes(1)))
        func `a test chooses a supervisor's parameters, for their next code`() async throws {
            try await Scene.whileTalking { scene in
                try await scene.withSupervisor("330") { supervisor in
                    for letters in ["qESsbw", "qESsbB"] {
                        try await scene.lab.setSpyParams(letters)
                        let start = scene.earshot.log().count
                        try await supervisor.dial("*91101")
                        let line = try await scene.earshot.waitForLog(
                            "user's setting is not as it should be",
                            after: start
                        )
                        #expect(line["error"]?.contains(letters.suffix(1)) == true)
                        try await supervisor.waitToHear(.client)
                        try await supervisor.hangUp()
                        try await scene.earshot.waitForLog("session ended", after: start)
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(1)), arguments: [("5", Tone.milliwatt), ("6", .client)])
        func `the extensions to leave to can be told apart by ear`(exit: String, tone: Tone) async throws {
            let lab = try Lab.load()
            try await lab.setGlobal("LAB_SPY_CHANNEL", to: "PJSIP/101-0 & more, 100%")
            #expect(try await lab.channelLeft() == "PJSIP/101-0 & more, 100%")
            try await Scene.withPhones(["201": .client], in: lab) { phones in
                let phone = try phones["201"]
                let path = "/channels?endpoint=PJSIP/201&context=lab-exit&priority=1&extension=\(exit)"
                #expect(try await lab.request("POST", path).status == 200)
                try await phone.waitToHear(tone)
                try await expect([Ear(name: "phone", phone: phone, hears: [tone], isFreeOf: [])])
                #expect(try await lab.channelLeft() == "")
                try await phone.hangUp()
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `Asterisk can play a recorded name`() async throws {
            let lab = try Lab.load()
            try lab.recordName(ofMailbox: "101")
            defer { lab.removeName(ofMailbox: "101") }
            try await Scene.withPhones(["201": nil], in: lab) { phones in
                let phone = try phones["201"]
                try await phone.dial("712")
                try await phone.waitToHear(.name)
                try await phone.waitFor(.closed)
            }
        }
    }
}
