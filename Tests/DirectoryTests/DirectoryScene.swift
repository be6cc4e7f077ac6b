import Directory
import Foundation
import GRDB
import Monitoring
import Storage
import Testing

/// A directory in a file of its own, which goes with it.
final class DirectoryScene {
    let folder: URL
    let path: String
    let directory: Directory

    static let author = Author.account("maria")

    init(
        templates: [EndpointTemplate] = [.standard],
        journal: (any DirectoryJournal)? = nil
    ) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "earshot-directory-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appending(path: "earshot.db").path
        directory = Directory(
            try Storage(path: path, migrations: Directory.migrations),
            templates: templates,
            journal: journal
        )
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Changes the file as somebody would who does not use Earshot.
    func execute(_ sql: String) throws {
        try DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
    }

    static func user(
        _ extension: Extension,
        _ permission: SpyPermission = .upTo(.barge),
        name: String = "",
        endpoints: [EndpointName] = [],
        groups: [String] = [],
        scope: MonitoringScope = .everybody
    ) -> User {
        User(
            `extension`,
            name: name,
            endpoints: endpoints,
            rights: UserRights(permission: permission, scope: scope, groups: Set(groups.compactMap(GroupName.init(_:))))
        )
    }
}

extension Extension: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) {
        guard let target = try? Extension(value) else { fatalError("\(value) is no extension: a mistake in the test") }
        self = target
    }
}

extension EndpointName: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) {
        guard let name = EndpointName(value) else { fatalError("\(value) is no endpoint: a mistake in the test") }
        self = name
    }
}
