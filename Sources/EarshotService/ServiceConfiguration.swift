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
    /// How long `run` waits for sessions to end after it was asked to stop.
    package var shutdownLimit: Duration
    /// How long after a failed comparison with Asterisk, which follows each new connection, the next one is tried.
    package var reconcileAgainAfter: Duration
    /// How long after something could not be removed Asterisk is looked at again.
    package var reconcileLaterAfter: Duration

    package init(
        application: String = "earshot",
        session: SessionConfiguration = SessionConfiguration(),
        prompts: PromptBook = PromptBook(),
        maximumSessions: Int = 200,
        maximumSessionsOfSupervisor: Int = 4,
        shutdownLimit: Duration = .seconds(4),
        reconcileAgainAfter: Duration = .seconds(1),
        reconcileLaterAfter: Duration = .seconds(10)
    ) {
        self.application = application
        self.session = session
        self.prompts = prompts
        self.maximumSessions = maximumSessions
        self.maximumSessionsOfSupervisor = maximumSessionsOfSupervisor
        self.shutdownLimit = shutdownLimit
        self.reconcileAgainAfter = reconcileAgainAfter
        self.reconcileLaterAfter = reconcileLaterAfter
    }
}
