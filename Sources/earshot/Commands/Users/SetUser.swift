import ArgumentParser
import Directory
import Monitoring

/// `earshot users set`
struct SetUser: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Add a user, or change one; what is not named stays.",
        usage: """
            earshot users set 203 --permission barge --may-monitor group:sales
            earshot users set --group sales --permission listen
            """
    )

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The user's extension.") var `extension`: Extension?
    @Option(help: "Change every user who is in this group, instead of one.") var group: GroupName?
    @Option(help: "What the user is called.") var name: String?
    @Option(
        help: "Endpoints separated by spaces, such as \"PJSIP/alice PJSIP/alice-mobile\"; empty for targets.endpoints."
    )
    var endpoints: String?
    @Option(help: "Groups separated by colons; empty for none.") var groups: String?
    @Option(help: "SPY_PERMISSION: none, listen, whisper or barge.") var permission: String?
    @Option(help: "DISABLE_SPY: yes (neither monitors nor is monitored) or no.") var disableSpy: String?
    @Option(help: "SPY_PARAMS, such as ESsb.") var params: String?
    @Option(help: "Whom they may monitor: everybody, or a list such as group:sales,101,102.") var mayMonitor: String?

    func validate() throws {
        guard (`extension` == nil) != (group == nil) else {
            throw ValidationError("Name either an extension or --group.")
        }
        if group != nil, name != nil || endpoints != nil {
            throw ValidationError("A name and endpoints are one user's own.")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let edit = try edit()
            let directory = try Store(options).directory
            var before: [User]
            if let group {
                before = try await directory.users(in: group)
            } else if let `extension` {
                before = [try await directory.user(`extension`) ?? User(`extension`)]
            } else {
                before = []
            }
            let changed = try await directory.save(before.map { edit.applied(to: $0) }, by: Store.author)
            print(changed == 0 ? "Nothing to change." : "\(changed) \(changed == 1 ? "user" : "users") changed.")
        }
    }

    private func edit() throws -> UserEdit {
        var edit = UserEdit()
        let permission = permission?.lowercased() == "none" ? "" : permission
        let texts: [(UserField, String?)] = [
            (.name, name), (.endpoints, endpoints), (.groups, groups), (.spyPermission, permission),
            (.disableSpy, disableSpy), (.spyParams, params), (.mayMonitor, mayMonitor),
        ]
        for case (let field, let text?) in texts { try field.read(text, into: &edit) }
        return edit
    }
}
