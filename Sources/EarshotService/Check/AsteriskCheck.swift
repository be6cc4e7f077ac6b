package import ARI
import Monitoring

/// Something that an administrator should know before supervisors dial.
package struct CheckFinding: Hashable, Sendable {
    package enum Severity: String, Sendable {
        /// As it should be.
        case good = "ok"
        /// It works, with a drawback.
        case warning
        /// Monitoring will not work.
        case problem
    }

    package let severity: Severity
    package let text: String
    /// What to do about it; nil for what is good.
    package let cure: String?

    package init(_ severity: Severity, _ text: String, cure: String? = nil) {
        self.severity = severity
        self.text = text
        self.cure = cure
    }
}

/// Looks whether an Asterisk has everything that monitoring needs. It changes nothing there, and does not disturb an
/// Earshot that is connected.
package struct AsteriskCheck: Sendable {
    private let client: ARIClient
    private let application: String
    private let prompts: PromptBook
    private let connection: ARIEventConnection

    /// - Parameters:
    ///   - application: the name that the running service uses.
    ///   - prompts: what it plays.
    ///   - connection: of another application: with the same name it would take the service's events away.
    package init(client: ARIClient, application: String, prompts: PromptBook, connection: ARIEventConnection) {
        self.client = client
        self.application = application
        self.prompts = prompts
        self.connection = connection
    }

    package func run() async -> [CheckFinding] {
        let info: AsteriskInfo
        do {
            info = try await client.asteriskInfo()
        } catch {
            return [Self.unreachable(error)]
        }
        var findings = Self.version(info)
        findings += await modules()
        findings += await rights()
        findings += await globals()
        findings += await sounds()
        findings += await events()
        findings += await service()
        return findings
    }

    private static func unreachable(_ error: any Error) -> CheckFinding {
        let code = (error as? ARIError)?.code
        let cure =
            switch code {
            case .unauthorized?: "compare user name and password with the user in Asterisk's ari.conf"
            case .forbidden?: "see `permit` and `deny` of the user in ari.conf"
            case .connectionFailed?:
                "is Asterisk running, and `enabled = yes` in http.conf? Compare EARSHOT_ARI_URL with bindaddr"
            case .tlsFailed?: "EARSHOT_ARI_CA_FILE must name the authority that signed Asterisk's certificate"
            case .notFound?, .notARI?: "EARSHOT_ARI_URL must end in /ari, and ari.conf needs `enabled = yes`"
            default: "compare EARSHOT_ARI_URL with http.conf of Asterisk"
            }
        return CheckFinding(.problem, "Asterisk does not answer: \(error)", cure: cure)
    }

    private static func version(_ info: AsteriskInfo) -> [CheckFinding] {
        let named = CheckFinding(.good, "Asterisk \(info.version)")
        guard let version = AsteriskVersion(info.version) else { return [named] }
        let faults = KnownFault.faults(of: version)
        return [named] + faults.map { CheckFinding(.warning, "\(version): \($0.text)", cure: $0.cure) }
    }

    // MARK: - Modules

    /// What each module is needed for; without one of them monitoring does not work.
    private static let neededModules: KeyValuePairs<String, String> = [
        "app_stasis": "the dialplan's Stasis()",
        "res_stasis": "Stasis applications",
        "res_stasis_answer": "answering the supervisor",
        "res_stasis_playback": "prompts",
        "res_stasis_snoop": "hearing and speaking",
        "res_ari_asterisk": "asking what endpoints are configured with",
        "func_channel": "asking who is on a channel",
        "func_strings": "asking about a channel in one moment",
        "res_http_websocket": "events",
        "res_ari_applications": "ARI",
        "res_ari_bridges": "ARI",
        "res_ari_channels": "ARI",
        "res_ari_endpoints": "ARI",
        "res_ari_events": "ARI",
        "res_ari_playbacks": "ARI",
        "bridge_simple": "bringing supervisor and call together",
        "bridge_softmix": "bringing supervisor and call together",
    ]

    /// What each module is needed for by a letter of `SPY_PARAMS`, a key or a setting; without it the rest works.
    private static let usefulModules: KeyValuePairs<String, String> = [
        "func_callerid": "record.numbers",
        "func_volume": "v() in SPY_PARAMS",
        "func_dialplan": "X in SPY_PARAMS",
        "res_ari_recordings": "r() in SPY_PARAMS",
        "res_stasis_recording": "r() in SPY_PARAMS",
        "format_wav": "r() in SPY_PARAMS",
    ]

    private func modules() async -> [CheckFinding] {
        let running: Set<String>
        do {
            running = Set(try await client.modules().filter(\.isRunning).map { $0.name.replacing(".so", with: "") })
        } catch {
            return [
                CheckFinding(
                    .warning,
                    "the list of modules cannot be read: \(error)",
                    cure: "load res_ari_asterisk in modules.conf"
                )
            ]
        }
        var findings = Self.neededModules.filter { !running.contains($0.key) }.map { name, purpose in
            CheckFinding(
                .problem,
                "module \(name) is not running (\(purpose))",
                cure: "load \(name).so in modules.conf"
            )
        }
        findings += Self.usefulModules.filter { !running.contains($0.key) }.map { name, purpose in
            CheckFinding(
                .warning,
                "module \(name) is not running (\(purpose) does nothing)",
                cure: "load \(name).so in modules.conf"
            )
        }
        let timers = running.filter { $0.hasPrefix("res_timing_") }
        if timers.isEmpty {
            findings.append(
                CheckFinding(
                    .problem,
                    "no timing module is running",
                    cure: "load res_timing_timerfd.so in modules.conf"
                )
            )
        } else if timers == ["res_timing_dahdi"] {
            findings.append(
                CheckFinding(
                    .warning,
                    "res_timing_dahdi is the only timer: it floods Asterisk's log while somebody monitors",
                    cure: "load res_timing_timerfd.so in modules.conf"
                )
            )
        }
        return findings.isEmpty ? [CheckFinding(.good, "all modules that are needed are running")] : findings
    }

    // MARK: - Rights and events

    private func rights() async -> [CheckFinding] {
        do {
            // Needs the right to write, and does nothing: there is no such channel.
            try await client.hangUp(Channel.ID("earshot-check"))
            return [CheckFinding(.good, "the ARI user may write")]
        } catch let error as ARIError where error.code == .forbidden {
            return [CheckFinding(.problem, "the ARI user may only read", cure: "set `read_only = no` in ari.conf")]
        } catch {
            return [
                CheckFinding(.problem, "the ARI user's rights cannot be tried: \(error)", cure: "see Asterisk's log")
            ]
        }
    }

    /// Variables that seem to be everybody's.
    private func globals() async -> [CheckFinding] {
        var findings: [CheckFinding] = []
        for variable in UserVariable.allCases {
            // What cannot be read here cannot be read for a supervisor either, who is refused then.
            guard let value = try? await client.globalVariable(variable.rawValue), !value.isEmpty else { continue }
            let effect =
                variable == .disableSpy && DisableSpy.read(value).isDisabled
                ? "protects everybody" : "counts for nobody"
            findings.append(
                CheckFinding(
                    .warning,
                    "the global variable \(variable.rawValue) \(effect)",
                    cure: "take it out of [globals] in extensions.conf, and set it for endpoints"
                )
            )
        }
        return findings
    }

    /// The sounds of the prompts.
    private func sounds() async -> [CheckFinding] {
        var missing: [String] = []
        do {
            for sound in prompts.sounds.sorted() where !(try await client.hasSound(sound)) { missing.append(sound) }
        } catch {
            return [
                CheckFinding(
                    .warning,
                    "whether Asterisk has the sounds of the prompts cannot be read: \(error)",
                    cure: "load res_ari_sounds.so in modules.conf"
                )
            ]
        }
        if missing.isEmpty { return [CheckFinding(.good, "Asterisk has the sounds of all prompts")] }
        return [
            CheckFinding(
                .warning,
                "Asterisk does not have these sounds, and supervisors hear tones instead: \(missing.joined(separator: ", "))",
                cure: "install Asterisk's core sounds and restart it, or choose others by `prompts`"
            )
        ]
    }

    private func events() async -> [CheckFinding] {
        let failure = await firstOutcome()
        guard let failure else { return [CheckFinding(.good, "events arrive over the WebSocket")] }
        return [
            CheckFinding(
                .problem,
                "no events arrive: \(failure)",
                cure: "load res_ari_events.so, and see Asterisk's log"
            )
        ]
    }

    /// How the first attempt to connect ends: nil when events arrive.
    private func firstOutcome() async -> ARIError? {
        let (outcomes, continuation) = AsyncStream.makeStream(of: ARIError?.self)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Ends by cancellation, after the first outcome.
                try? await connection.run { updates in
                    for update in updates {
                        switch update {
                        case .connected: continuation.yield(nil)
                        case .disconnected(let disconnection): continuation.yield(disconnection.cause)
                        case .event: break
                        }
                    }
                }
                continuation.finish()
            }
            let first = await outcomes.first { _ in true }
            group.cancelAll()
            return first ?? nil
        }
    }

    private func service() async -> [CheckFinding] {
        do {
            _ = try await client.application(application)
            return [CheckFinding(.good, "an Earshot is connected as \(application)")]
        } catch let error as ARIError where error.code == .notFound {
            return [
                CheckFinding(
                    .warning,
                    "no Earshot is connected as \(application); until then supervisors hear that the service is away",
                    cure: "start `earshot serve`"
                )
            ]
        } catch {
            return [CheckFinding(.warning, "whether an Earshot is connected cannot be read: \(error)")]
        }
    }
}
