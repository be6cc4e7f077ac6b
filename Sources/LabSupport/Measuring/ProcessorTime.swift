import Foundation
import Glibc

/// How much of a processor a process has used.
package enum ProcessorTime {
    /// User and system time of all threads of a process since its start, in steps of the kernel's clock tick (10 ms).
    ///
    /// - Throws: ``LabError`` when there is no such process.
    package static func used(by process: Int) throws -> Duration {
        let path = "/proc/\(process)/stat"
        guard let data = FileManager.default.contents(atPath: path),
            let ticks = Self.ticks(in: String(decoding: data, as: UTF8.self))
        else { throw LabError("\(path) cannot be read") }
        return Duration.seconds(ticks) / sysconf(Int32(_SC_CLK_TCK))
    }

    /// utime and stime of a line of `/proc/PID/stat` (proc(5): fields 14 and 15), together.
    static func ticks(in line: String) -> Int? {
        // The second field is the program's name in brackets, which may have spaces and brackets itself.
        guard let name = line.lastIndex(of: ")") else { return nil }
        let fields = line[name...].split(separator: " ")
        guard fields.count > 13, let user = Int(fields[12]), let system = Int(fields[13]) else { return nil }
        return user + system
    }
}
