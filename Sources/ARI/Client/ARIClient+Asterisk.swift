extension ARIClient {
    /// What Asterisk says about itself.
    package func asteriskInfo() async throws -> AsteriskInfo {
        try await send(ARIOperation.getInfo.request(timeout: timeout))
    }

    /// The modules that are loaded.
    package func modules() async throws -> [AsteriskModule] {
        try await send(ARIOperation.listModules.request(timeout: timeout))
    }
}
