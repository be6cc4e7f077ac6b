import Foundation

/// The running lab PBX, as `scripts/lab up` describes it in `.lab/lab.json`.
package struct Lab: Sendable, Decodable {
    /// Where SIP is spoken (UDP).
    package struct SIP: Sendable, Decodable {
        package let host: String
        package let port: Int
    }

    /// The Asterisk REST Interface and who may use it.
    package struct ARI: Sendable, Decodable {
        /// For instance `http://127.0.0.1:40123/ari`.
        package let url: String
        package let tlsURL: String
        package let username: String
        /// File with the user's password.
        package let passwordFile: String
        /// Certificate of the lab's own authority, which signed the one that `tlsURL` shows.
        package let caFile: String
        /// Certificate of an authority that did not sign it.
        package let wrongCAFile: String
        /// A user who may read and nothing else.
        package let readOnlyUsername: String
        package let readOnlyPasswordFile: String
        package let application: String

        /// Reads ``passwordFile``.
        package func password() throws -> String {
            guard let data = FileManager.default.contents(atPath: passwordFile) else {
                throw LabError("the lab's ARI password cannot be read from \(passwordFile)")
            }
            return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    /// A user with a phone.
    package struct User: Sendable, Decodable {
        package let `extension`: String
        /// Nil for an endpoint that does not ask for one.
        package let password: String?
    }

    package let asteriskVersion: String
    package let pid: Int
    /// The lab's folder, absolute.
    package let directory: String
    /// Asterisk's log.
    package let logFile: String
    package let sip: SIP
    package let ari: ARI
    package let phones: [User]

    // MARK: - Finding it

    /// The lab that the environment variable `EARSHOT_LAB` names (the path of a `lab.json`), else that of
    /// `EARSHOT_LAB_DIRECTORY` (as for `scripts/lab`), else the nearest one at or above the current directory.
    ///
    /// - Throws: ``LabError`` that says how to start one.
    package static func load() throws -> Lab {
        let hint = "the lab is not running: run scripts/lab up"
        guard let path = path() else { throw LabError("\(hint) (no .lab/lab.json at or above the current directory)") }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw LabError("\(hint) (\(path) cannot be read)")
        }
        do {
            let lab = try JSONDecoder().decode(Lab.self, from: data)
            // A lab that was killed leaves its description behind.
            guard FileManager.default.fileExists(atPath: "/proc/\(lab.pid)") else {
                throw LabError("\(hint) (process \(lab.pid) of \(path) is gone)")
            }
            return lab
        } catch let error as DecodingError {
            throw LabError("\(path) is no description of a lab: \(error)")
        }
    }

    private static func path() -> String? {
        let environment = ProcessInfo.processInfo.environment
        if let path = environment["EARSHOT_LAB"], !path.isEmpty { return path }
        if let folder = environment["EARSHOT_LAB_DIRECTORY"], !folder.isEmpty { return folder + "/lab.json" }
        var folder = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        while true {
            let candidate = folder.appendingPathComponent(".lab/lab.json").path
            if FileManager.default.fileExists(atPath: candidate) { return candidate }
            guard folder.path != "/" else { return nil }
            folder.deleteLastPathComponent()
        }
    }

    // MARK: - Phones

    /// What it takes to be the phone of a user of the lab.
    ///
    /// - Throws: ``LabError`` when the lab has no such user.
    package func phone(
        _ user: String,
        tone: Tone?,
        answering: PhoneSettings.Answering = .automatic,
        secondsOfAudio: Int = 300,
        codecs: [PhoneSettings.Codec] = [.pcmu]
    ) throws -> PhoneSettings {
        guard let known = phones.first(where: { $0.extension == user }), let password = known.password else {
            throw LabError(
                "the lab has no user \(user) with a password; it has \(phones.map(\.extension).joined(separator: " "))"
            )
        }
        return PhoneSettings(
            user: user,
            registrar: .init(host: sip.host, port: sip.port, password: password),
            tone: tone,
            answering: answering,
            secondsOfAudio: secondsOfAudio,
            codecs: codecs
        )
    }

    /// Starts the phone of a user and waits until it is registered.
    package func startPhone(
        _ user: String,
        tone: Tone?,
        answering: PhoneSettings.Answering = .automatic,
        codecs: [PhoneSettings.Codec] = [.pcmu]
    ) async throws -> Phone {
        let phone = try await Phone.start(phone(user, tone: tone, answering: answering, codecs: codecs))
        do {
            try await phone.waitFor(.registered)
        } catch {
            await phone.stop()
            throw error
        }
        return phone
    }

    /// A measuring phone that calls as a user of the lab.
    ///
    /// - Parameters:
    ///   - user: also one who needs no password, such as 320.
    ///   - firstSequence: see ``MeasuringPhone/init(user:password:server:tone:firstSequence:)``.
    /// - Throws: ``LabError`` when the system has no sockets left.
    package func measuringPhone(_ user: String, tone: Tone?, firstSequence: UInt16? = nil) throws -> MeasuringPhone {
        let password = phones.first { $0.extension == user }?.password
        return try MeasuringPhone(
            user: user,
            password: password,
            server: sip.port,
            tone: tone,
            firstSequence: firstSequence
        )
    }

    /// Runs `body` with the registered phone of a user, and puts the phone away afterwards, whatever happened.
    package func withPhone<Value>(
        _ user: String,
        tone: Tone?,
        answering: PhoneSettings.Answering = .automatic,
        _ body: (Phone) async throws -> Value
    ) async throws -> Value {
        let phone = try await startPhone(user, tone: tone, answering: answering)
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(phone))
        } catch {
            result = .failure(error)
        }
        await phone.stop()
        return try result.get()
    }
}
