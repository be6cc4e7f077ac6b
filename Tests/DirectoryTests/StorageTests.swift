import Directory
import Foundation
import GRDB
import Monitoring
import Storage
import Testing

/// The file itself.
@Suite struct StorageTests {
    @Test func `the file and what belongs to it are for its owner alone`() async throws {
        let scene = try DirectoryScene()
        try await scene.directory.save([DirectoryScene.user("101")], by: DirectoryScene.author)
        let files = try FileManager.default.contentsOfDirectory(atPath: scene.folder.path)
        #expect(files.contains("earshot.db") && files.contains("earshot.db-wal"))
        for file in files {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(scene.folder.path)/\(file)")
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(file)")
        }
    }

    private static func open(_ path: String) -> StorageError? {
        #expect(throws: StorageError.self) { try Storage(path: path, migrations: Directory.migrations) }
    }

    @Test func `a file that is none of ours is left alone`() throws {
        let scene = try DirectoryScene()
        let path = scene.folder.appending(path: "letter.txt").path
        let letter = Data(String(repeating: "Dear Sir or Madam, ", count: 1000).utf8)
        try letter.write(to: URL(fileURLWithPath: path))
        #expect(Self.open(path)?.code == .damaged)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == letter)
    }

    @Test func `a file of a newer version is left alone`() throws {
        let scene = try DirectoryScene()
        try scene.execute("INSERT INTO grdb_migrations VALUES ('from the future')")
        #expect(Self.open(scene.path)?.code == .tooNew)
    }

    @Test func `a folder that is missing is told`() throws {
        let scene = try DirectoryScene()
        let error = Self.open("\(scene.folder.path)/no/such/earshot.db")
        #expect(error?.code == .cannotOpen)
        #expect(error?.description.contains("folder") == true)
    }

    @Test func `a backup made while somebody writes opens as it was`() async throws {
        let scene = try DirectoryScene()
        try await scene.directory.save([DirectoryScene.user("101")], by: DirectoryScene.author)
        let storage = try Storage(path: scene.path, migrations: Directory.migrations)
        let copy = scene.folder.appending(path: "backup.db").path
        try await storage.backUp(to: copy)
        try await scene.directory.save([DirectoryScene.user("102")], by: DirectoryScene.author)
        let restored = Directory(try Storage(path: copy, migrations: Directory.migrations), templates: [.standard])
        #expect(try await restored.users().map(\.`extension`) == ["101"])
    }

    @Test func `two processes that open a new file at the same time both can`() async throws {
        for _ in 1...10 {
            let scene = try DirectoryScene()
            let path = scene.folder.appending(path: "new.db").path
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...2 {
                    group.addTask { _ = try Storage(path: path, migrations: Directory.migrations) }
                }
                try await group.waitForAll()
            }
        }
    }
}
