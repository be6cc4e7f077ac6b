package import Monitoring

/// What an administrator can choose about the service.
package struct ServiceConfiguration: Sendable, Hashable {
    package var registry: RegistryConfiguration
    package var prompts: PromptBook
    /// What becomes of sessions when the service is asked to stop.
    package var stop: Stop

    package enum Stop: String, Sendable, Hashable, CaseIterable {
        /// Supervisors are sent back to the dialplan, and what is ours is removed.
        case release
        /// They go on hearing, and the next run takes them over.
        case handOver = "hand_over"
    }

    /// The Stasis application: the argument of `Stasis()` in the dialplan. One running Earshot has it for itself.
    package var application: String { registry.application }

    /// How long `run` waits for sessions to end after it was asked to stop: as long as they try to.
    package var shutdownLimit: Duration {
        registry.session.removalTimeout * SessionConfiguration.removalAttempts + .milliseconds(500)
    }

    package init(
        registry: RegistryConfiguration = RegistryConfiguration(),
        prompts: PromptBook = PromptBook(),
        stop: Stop = .release
    ) {
        self.registry = registry
        self.prompts = prompts
        self.stop = stop
    }
}
