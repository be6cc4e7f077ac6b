import Foundation

/// What a test tells the lab's dialplan, and asks of it.
extension Lab {
    /// Sets a global variable of the dialplan, whose value may have any characters. Asterisk keeps it until it ends.
    package func setGlobal(_ name: String, to value: String) async throws {
        let path = "/asterisk/variable?variable=\(Self.escaped(name))&value=\(Self.escaped(value))"
        let answer = try await request("POST", path)
        guard answer.status == 204 else { throw LabError("setting \(name) answered \(answer.status): \(answer.body)") }
    }

    /// The value of a global variable; empty when nobody has set it.
    package func global(_ name: String) async throws -> String {
        struct Answer: Decodable { let value: String }
        let answer = try await request("GET", "/asterisk/variable?variable=\(Self.escaped(name))")
        guard answer.status == 200, let value = try? JSONDecoder().decode(Answer.self, from: Data(answer.body.utf8))
        else { throw LabError("reading \(name) answered \(answer.status): \(answer.body)") }
        return value.value
    }

    /// Chooses how the sessions of a supervisor behave from their next code on, until this is called again.
    ///
    /// - Parameters:
    ///   - parameters: their SPY_PARAMS, such as `qSb` or `qESbe(101:102)`.
    ///   - supervisor: 330 to 335 and 321 (Barge), 336 (Listen) or 337 (Whisper).
    ///   - exitContext: their SPY_EXIT_CONTEXT, such as `lab-exit`; nil for none.
    package func setSpyParams(
        _ parameters: String,
        of supervisor: String = "330",
        exitContext: String? = nil
    ) async throws {
        try await setGlobal("LAB_SPY_PARAMS_\(supervisor)", to: parameters)
        try await setGlobal("LAB_SPY_EXIT_CONTEXT_\(supervisor)", to: exitContext ?? "")
    }

    /// The channel that the last supervisor monitored who left by a key to an extension of `lab-exit` (SPY_CHANNEL).
    package func channelLeft() async throws -> String {
        try await global("LAB_SPY_CHANNEL")
    }

    /// The parking places that are taken, such as `781`.
    package func parkingPlaces() async throws -> [String] {
        try await cli("parking show default").split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 1, words[0] == "Space", let place = words.last(where: { Int($0) != nil }) else {
                return nil
            }
            return String(place)
        }
    }

    /// `text` as the value of a query: nothing but letters, digits and four marks goes unescaped (RFC 3986, section 2.3).
    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            if character.isASCII, character.isLetter || character.isNumber || "-._~".contains(character) {
                return String(character)
            }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
