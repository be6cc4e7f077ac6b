extension ARIClient {
    /// What Asterisk says about itself.
    package func asteriskInfo() async throws -> AsteriskInfo {
        try await send(ARIOperation.getInfo.request(timeout: timeout))
    }

    /// The modules that are loaded.
    package func modules() async throws -> [AsteriskModule] {
        try await send(ARIOperation.listModules.request(timeout: timeout))
    }

    /// Whether Asterisk has a sound, such as `digits/1`, in some language and format.
    ///
    /// It knows those below its folder of sounds, as they were when it was started (measured on 22.10.1).
    package func hasSound(_ sound: String) async throws -> Bool {
        do {
            try await send(ARIOperation.getSound.request(sound, timeout: timeout))
            return true
        } catch let error as ARIError where error.code == .notFound {
            return false
        }
    }

    /// The value of a global variable, such as `ASTSPOOLDIR`, or of a dialplan function that needs no channel.
    ///
    /// - Returns: nil if it has no value: Asterisk tells neither an empty one nor one that was never set.
    package func globalVariable(_ name: String) async throws -> String? {
        let value = try await value(ARIOperation.getGlobalVariable.request(query: ["variable": name], timeout: timeout))
        return value?.isEmpty == true ? nil : value
    }
}
