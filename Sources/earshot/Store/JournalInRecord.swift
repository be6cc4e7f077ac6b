import Directory
import GRDB
import Monitoring
import MonitoringRecord

/// Writes each change of users and accounts into the record, with the change.
struct JournalInRecord: DirectoryJournal {
    let store: RecordStore

    func append(_ change: DirectoryChange, by author: Author, in database: Database) throws {
        let event: RecordEvent
        let subject: String
        let text: String
        switch change {
        case .userAdded(let user):
            (event, subject, text) = (
                .userAdded, user.`extension`.digits, Self.difference(User(user.`extension`), user)
            )
        case .userChanged(let before, let after):
            (event, subject, text) = (.userChanged, after.`extension`.digits, Self.difference(before, after))
        case .userRemoved(let user):
            (event, subject, text) = (
                .userRemoved, user.`extension`.digits, Self.difference(user, User(user.`extension`))
            )
        case .accountAdded(let account):
            (event, subject, text) = (.accountAdded, account.name.rawValue, Self.difference(nil, account))
        case .accountChanged(let before, let after):
            (event, subject, text) = (.accountChanged, after.name.rawValue, Self.difference(before, after))
        case .accountRemoved(let account):
            (event, subject, text) = (.accountRemoved, account.name.rawValue, Self.difference(account, nil))
        }
        try store.append(
            RecordDraft(event, [.subject: subject, .change: text, .author: author.description]),
            in: database
        )
    }

    private static func difference(_ before: User, _ after: User) -> String {
        before.differences(to: after).map { "\($0.field.rawValue): \($0.before) -> \($0.after)" }.joined(
            separator: "; "
        )
    }

    private static func difference(_ before: Account?, _ after: Account?) -> String {
        var changes: [String] = []
        func compare(_ name: String, _ before: String, _ after: String) {
            if before != after { changes.append("\(name): \(before) -> \(after)") }
        }
        compare("role", before?.role.rawValue ?? "", after?.role.rawValue ?? "")
        compare("extension", before?.`extension`?.digits ?? "", after?.`extension`?.digits ?? "")
        if let before, let after, before.password != after.password { changes.append("password") }
        return changes.joined(separator: "; ")
    }
}
