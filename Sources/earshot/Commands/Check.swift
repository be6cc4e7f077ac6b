import ArgumentParser
import CurlTransport
import EarshotService

/// `earshot check`: is everything there?
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration, and what Asterisk needs for monitoring.",
        discussion: """
            Changes nothing, and does not disturb an Earshot that is running. Exit status: 0 when monitoring can work, 1 \
            when it cannot, 78 when the configuration is wrong.
            """
    )

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let assembly = try Assembly(options)
        let application = assembly.configuration.service.application
        print("ok       configuration: \(assembly.configuration.url), libcurl \(CurlLibrary.version)")
        let check = AsteriskCheck(
            client: assembly.client,
            application: application,
            prompts: assembly.configuration.service.prompts,
            connection: assembly.connection(of: "\(application)-check-\(UInt32.random(in: .min ... .max))")
        )
        let findings = await check.run()
        for finding in findings {
            print(finding.line)
        }
        await assembly.transport.shutdown()
        if findings.contains(where: { $0.severity == .problem }) { throw ExitCode.failure }
    }
}

extension CheckFinding {
    /// One line: how bad, what, and the cure.
    fileprivate var line: String {
        let width = 9
        let label = severity.rawValue + String(repeating: " ", count: max(1, width - severity.rawValue.count))
        return label + text + (cure.map { " -> \($0)" } ?? "")
    }
}
