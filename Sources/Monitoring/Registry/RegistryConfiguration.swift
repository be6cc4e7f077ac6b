/// What an administrator can choose about all sessions together.
package struct RegistryConfiguration: Hashable, Sendable {
    /// The Stasis application, whose name begins the names of what is ours.
    package var application: String
    package var session: SessionConfiguration
    /// How many sessions may run at the same time.
    package var maximumSessions: Int
    /// How many of them may be one supervisor's, those included who are being told why not.
    package var maximumSessionsOfSupervisor: Int

    /// How long sessions go on without events from their Asterisk: whoever joins or leaves a call meanwhile is not noticed.
    package var outageLimit: Duration

    package init(
        application: String = "earshot",
        session: SessionConfiguration = SessionConfiguration(),
        maximumSessions: Int = 200,
        maximumSessionsOfSupervisor: Int = 4,
        outageLimit: Duration = .seconds(60)
    ) {
        self.application = application
        self.session = session
        self.maximumSessions = maximumSessions
        self.maximumSessionsOfSupervisor = maximumSessionsOfSupervisor
        self.outageLimit = outageLimit
    }
}
