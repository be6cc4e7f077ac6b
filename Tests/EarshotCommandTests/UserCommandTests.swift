import Foundation
import Testing

/// `earshot users`, run as an administrator would: neither a password nor Asterisk is needed for it.
@Suite(.timeLimit(.minutes(1))) struct UserCommandTests {
    /// Runs the built command.
    private static func earshot(
        _ scratch: borrowing Scratch,
        _ arguments: String...
    ) throws -> (status: Int32, text: String) {
        let environment = ["EARSHOT_STORAGE_PATH": scratch.path("earshot.db")]
        return try BuiltCommand.run(arguments, environment: environment)
    }

    @Test func `what is set is shown and listed, and what is not named stays`() throws {
        let scratch = try Scratch()
        let set = try Self.earshot(
            scratch,
            "users",
            "set",
            "203",
            "--name",
            "Ioana",
            "--permission",
            "barge",
            "--may-monitor",
            "group:sales,101"
        )
        #expect(set == (0, "1 user changed.\n"))
        #expect(try Self.earshot(scratch, "users", "set", "203", "--disable-spy", "yes").status == 0)
        let shown = try Self.earshot(scratch, "users", "show", "203").text
        for line in [
            "name            Ioana", "spy_permission  Barge", "disable_spy     yes", "may_monitor     group:sales,101",
        ] {
            #expect(shown.contains(line), "\(shown)")
        }
        #expect(try Self.earshot(scratch, "users", "set", "203", "--disable-spy", "yes").text == "Nothing to change.\n")
        #expect(try Self.earshot(scratch, "users", "list", "ioa").text.contains("203"))
        #expect(try Self.earshot(scratch, "users", "remove", "203") == (0, "1 user removed.\n"))
        let gone = try Self.earshot(scratch, "users", "show", "203")
        #expect(gone.status == 1)
        #expect(gone.text.contains("there is no user 203"))
    }

    @Test func `every user of a group can be changed at once`() throws {
        let scratch = try Scratch()
        for user in ["101", "102"] { _ = try Self.earshot(scratch, "users", "set", user, "--groups", "sales:night") }
        _ = try Self.earshot(scratch, "users", "set", "103", "--groups", "night")
        #expect(
            try Self.earshot(scratch, "users", "set", "--group", "sales", "--permission", "listen").text
                == "2 users changed.\n"
        )
        #expect(try Self.earshot(scratch, "users", "show", "103").text.contains("No permission"))
    }

    @Test(arguments: [
        (["203", "--permission", "chief"], "none of No permission, Listen, Whisper, Barge"),
        (["203", "--params", "ESz"], "z is no option"),
        (["203", "--may-monitor", "101,"], "neither an extension nor group:NAME"),
        (["203", "--disable-spy", "maybe"], "neither yes nor no"), (["2 3"], "is invalid"),
        (["203", "--endpoints", "ioana"], "no endpoint such as PJSIP/203"),
        ([], "Name either an extension or --group."),
    ])
    func `a bad value is told, and nothing is changed`(arguments: [String], told: String) throws {
        let scratch = try Scratch()
        let result = try BuiltCommand.run(
            ["users", "set"] + arguments,
            environment: ["EARSHOT_STORAGE_PATH": scratch.path("earshot.db")]
        )
        #expect(result.status != 0)
        #expect(result.text.contains(told), "\(result.text)")
        #expect(try !Self.earshot(scratch, "users", "list").text.contains("203"))
    }

    @Test func `an import says what it would change, and does it when told to`() throws {
        let scratch = try Scratch()
        _ = try Self.earshot(scratch, "users", "set", "203", "--permission", "listen")
        let file = try scratch.write("extension,spy_permission,name\n203,Barge,Ioana\n204,,Dan\n", to: "users.csv")
        let plan = try Self.earshot(scratch, "users", "import", file)
        #expect(plan.status == 0)
        #expect(plan.text.contains("~ 203  name:  -> Ioana, spy_permission: Listen -> Barge"), "\(plan.text)")
        #expect(plan.text.contains("+ 204  name=Dan"))
        #expect(plan.text.contains("2 of 2 users would change"))
        #expect(try Self.earshot(scratch, "users", "show", "204").status == 1)
        #expect(try Self.earshot(scratch, "users", "import", "--yes", file).text.contains("2 of 2 users changed."))
        let export = try Self.earshot(scratch, "users", "export", "--format", "yaml").text
        let copy = try scratch.write(export, to: "copy.yaml")
        #expect(try Self.earshot(scratch, "users", "import", copy).text == "Nothing to change.\n")
    }

    @Test func `a backup is a file of its own, and overwrites nothing`() throws {
        let scratch = try Scratch()
        _ = try Self.earshot(scratch, "users", "set", "203")
        #expect(try Self.earshot(scratch, "backup", scratch.path("copy.db")).status == 0)
        _ = try Self.earshot(scratch, "users", "remove", "203")
        let environment = ["EARSHOT_STORAGE_PATH": scratch.path("copy.db")]
        #expect(try BuiltCommand.run(["users", "show", "203"], environment: environment).status == 0)
        #expect(try BuiltCommand.run(["record", "verify"], environment: environment).status == 0)
        let again = try Self.earshot(scratch, "backup", scratch.path("copy.db"))
        #expect(again.status == 1)
        #expect(again.text.contains("is there already"))
    }

    @Test func `accounts are added by a password from a file, once`() throws {
        let scratch = try Scratch()
        let file = try scratch.write("correct horse\n", to: "password")
        let add = ["admin", "add", "Maria", "--role", "auditor", "--password-file", file]
        let environment = ["EARSHOT_STORAGE_PATH": scratch.path("earshot.db")]
        #expect(try BuiltCommand.run(add, environment: environment) == (0, "Account maria was added: auditor.\n"))
        let again = try BuiltCommand.run(add, environment: environment)
        #expect(again.status == 1 && again.text.contains("there is an account maria already"))
        let short = try scratch.write("short\n", to: "short")
        let refused = try Self.earshot(scratch, "admin", "password", "maria", "--password-file", short)
        #expect(refused.status == 1 && refused.text.contains("10 characters or more"))
        #expect(try Self.earshot(scratch, "admin", "list").text.contains("auditor"))
        // There is no terminal to ask.
        let unasked = try Self.earshot(scratch, "admin", "add", "ion", "--role", "user")
        #expect(unasked.status == 1 && unasked.text.contains("--password-file -"))
        #expect(try Self.earshot(scratch, "admin", "remove", "maria").status == 0)
        let record = try Self.earshot(scratch, "record", "list").text
        #expect(record.contains("account_added") && record.contains("account_removed") && !record.contains("horse"))
    }

    @Test func `without a file the command says which setting is missing`() throws {
        let result = try BuiltCommand.run(["users", "list"], environment: [:])
        #expect(result.status == 78)
        #expect(result.text.contains("EARSHOT_STORAGE_PATH"))
    }

    @Test func `a file that is none of ours is told`() throws {
        let scratch = try Scratch()
        let file = try scratch.write(String(repeating: "no database ", count: 1000), to: "earshot.db")
        let result = try BuiltCommand.run(["users", "list"], environment: ["EARSHOT_STORAGE_PATH": file])
        #expect(result.status == 78)
        #expect(result.text.contains("no file of Earshot's"))
    }
}
