package import Monitoring

/// What an administrator can choose about the service.
package struct ServiceConfiguration: Sendable, Hashable {
    /// The Stasis application: the argument of `Stasis()` in the dialplan. One running Earshot has it for itself.
    package var application: String
    package var session: SessionConfiguration
    package var prompts: PromptBook
    /// How many sessions may run at the same time; at least 1.
    package var maximumSessions: Int
    /// How many of them may be one supervisor's, those included who are being told why not; at least 1.
    package var maximumSessionsOfSupervisor: Int
    /// How long `run` waits for sessions to end after it was asked to stop: as long as they try to.
    package var shutdownLimit: Duration {
        session.removalTimeout * SessionConfiguration.removalAttempts + .milliseconds(500)
    }

    var registry: RegistryConfiguration {
        RegistryConfiguration(
            application: application,
            session: session,
            maximumSessions: maximumSessions,
            maximumSessionsOfSupervisor: maximumSessionsOfSupervisor
        )
    }

    package init(
        application: String = "earshot",
        session: SessionConfiguration = SessionConfiguration(),
        prompts: PromptBook = PromptBook(),
        maximumSessions: Int = 200,
        maximumSessionsOfSupervisor: Int = 4
    ) {
        self.application = application
        self.session = session
        self.prompts = prompts
        self.maximumSessions = maximumSessions
        self.maximumSessionsOfSupervisor = maximumSessionsOfSupervisor
    }
}
