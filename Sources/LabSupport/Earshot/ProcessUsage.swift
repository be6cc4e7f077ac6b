import Foundation
import Glibc

/// What a process takes of the machine at one moment (proc(5)).
package struct ProcessUsage: Sendable {
    /// Its resident memory, in bytes.
    package let memory: Int
    /// How many files it has open, sockets among them.
    package let openFiles: Int
    /// How long it has run on any processor since its start.
    package let processorTime: Duration

    /// - Throws: ``LabError`` when the process is gone.
    package init(of process: Int32) throws {
        guard let status = Self.contents("/proc/\(process)/status"), let stat = Self.contents("/proc/\(process)/stat"),
            let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd"),
            let memory = Self.residentMemory(in: status), let ticks = Self.ticks(in: stat)
        else { throw LabError("process \(process) is not running") }
        self.memory = memory
        openFiles = files.count
        processorTime = .seconds(1) * ticks / sysconf(Int32(_SC_CLK_TCK))
    }

    /// The line `VmRSS:   48372 kB`, in bytes.
    static func residentMemory(in status: String) -> Int? {
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }

    /// User and system time, the 14th and 15th field. The second one, the command's name, may have spaces and braces.
    static func ticks(in stat: String) -> Int? {
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { return nil }
        return user + system
    }

    private static func contents(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
