import ArgumentParser
import Foundation
import Storage

/// `earshot backup`: a copy of the file, while others work with it.
struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the file with users, accounts and record, while the service runs.",
        discussion:
            "To restore a copy, stop the service, put it in the file's place, remove FILE-wal and FILE-shm, and start."
    )

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The copy, which must not be there yet.", completion: .file()) var copy: String

    func run() async throws {
        try await reportingErrors {
            guard !FileManager.default.fileExists(atPath: copy) else {
                throw CommandFailure("\(copy) is there already")
            }
            try await Store(options).storage.backUp(to: copy)
        }
        print("\(copy) is a copy of this moment.")
    }
}
