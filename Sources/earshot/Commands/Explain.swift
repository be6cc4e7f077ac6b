import ARI
import ArgumentParser
import CurlTransport
import Directory
import EarshotService
import Monitoring

/// `earshot explain`: would they be allowed?
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say whether a supervisor may monitor an extension, and by which rule.",
        usage: "earshot explain 203 whisper 101",
        discussion:
            "Changes nothing. Exit status: 0 when it is allowed, 1 when it is not, 2 when Asterisk cannot be asked."
    )

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The supervisor's extension.") var supervisor: Extension
    @Argument(help: "listen, whisper or barge.") var mode: MonitoringMode
    @Argument(help: "The extension to monitor.") var target: Extension

    func run() async throws {
        let assembly = try Assembly(options)
        let explanation = try await explain(assembly)
        await assembly.transport.shutdown()
        print(explanation.sentence)
        if !explanation.isAllowed { throw ExitCode.failure }
    }

    private func explain(_ assembly: Assembly) async throws -> RightsExplanation {
        let session = assembly.configuration.service.registry.session
        let explainer = RightsExplainer(
            client: assembly.client,
            directory: assembly.directory,
            limits: session.limits
        )
        do {
            let endpoints = try await assembly.store?.directory.endpointBook() ?? session.endpoints
            return try await explainer.explain(supervisor, mode, target, endpoints)
        } catch let error as ARIError {
            await assembly.transport.shutdown()
            print("Asterisk cannot be asked: \(error)")
            throw ExitCode(2)
        }
    }
}

extension MonitoringMode: ExpressibleByArgument {}
