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
    /// How long of that it was in the kernel, in steps of a hundredth of a second.
    package let kernelTime: Duration

    /// - Throws: ``LabError`` when the process is gone.
    package init(of process: Int32) throws {
        guard let status = FileManager.default.contents(atPath: "/proc/\(process)/status"),
            let stat = FileManager.default.contents(atPath: "/proc/\(process)/stat"),
            let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd"),
            let memory = Self.residentMemory(in: String(decoding: status, as: UTF8.self)),
            let kernelTime = Self.kernelTime(in: String(decoding: stat, as: UTF8.self)),
            let processorTime = Self.processorTime(of: process)
        else { throw LabError("process \(process) is not running") }
        self.memory = memory
        openFiles = files.count
        self.processorTime = processorTime
        self.kernelTime = kernelTime
    }

    /// How often the threads of a process have waited for something since each began. Of threads that have ended nothing is known.
    ///
    /// - Throws: ``LabError`` when the process is gone.
    package static func waits(of process: Int32) throws -> Int {
        let folder = "/proc/\(process)/task"
        guard let threads = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw LabError("process \(process) is not running")
        }
        return threads.compactMap { thread in
            FileManager.default.contents(atPath: "\(folder)/\(thread)/status").flatMap {
                waits(in: String(decoding: $0, as: UTF8.self))
            }
        }.reduce(0, +)
    }

    /// The line `VmRSS:   48372 kB`, in bytes.
    static func residentMemory(in status: String) -> Int? { number("VmRSS:", in: status).map { $0 * 1024 } }

    /// The line `voluntary_ctxt_switches:   150`.
    static func waits(in status: String) -> Int? { number("voluntary_ctxt_switches:", in: status) }

    /// `stime` of proc_pid_stat(5), the thirteenth number behind the command's name, which may contain anything.
    static func kernelTime(in stat: String) -> Duration? {
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[end...].split(whereSeparator: \.isWhitespace)
        guard fields.count > 13, let ticks = Int(fields[13]) else { return nil }
        return .seconds(1) * ticks / Int(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func number(_ name: String, in status: String) -> Int? {
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
    }

    /// User and system time, to the nanosecond (`clock_getcpuclockid(3)`); /proc has it in hundredths of a second.
    private static func processorTime(of process: Int32) -> Duration? {
        var (clock, time) = (clockid_t(), timespec())
        guard clock_getcpuclockid(process, &clock) == 0, clock_gettime(clock, &time) == 0 else { return nil }
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
