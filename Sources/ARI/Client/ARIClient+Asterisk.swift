extension ARIClient {
    /// What Asterisk says about itself.
    package func asteriskInfo() async throws -> AsteriskInfo {
        try await send(ARIOperation.getInfo.request(timeout: timeout))
    }

    /// The modules that are loaded.
    package func modules() async throws -> [AsteriskModule] {
        try await send(ARIOperation.listModules.request(timeout: timeout))
    }

    /// The value of a global variable, such as `ASTSPOOLDIR`, or of a dialplan function that needs no channel.
    ///
    /// - Returns: nil if it has no value: Asterisk tells neither an empty one nor one that was never set.
    package func globalVariable(_ name: String) async throws -> String? {
        let value = try await value(ARIOperation.getGlobalVariable.request(query: ["variable": name], timeout: timeout))
        return value?.isEmpty == true ? nil : value
    }
}
