import Foundation
import PrometheusMetrics

/// What Linux tells of a process (`man 5 proc`). What it does not tell is left out.
enum ProcessFigures {
    /// Of this process, at this moment.
    static func samples() -> [MetricSample] {
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        let found: [(SampledMetric, Double?)] = [
            (.residentMemory, residentMemory(inStatus: text("status"))),
            (.processorTime, processorTime(inStat: text("stat"), ticksInSecond: ticks)),
            (.openFiles, openFiles),
            (.mostFiles, mostFiles(inLimits: text("limits"))),
        ]
        return found.compactMap { metric, value in value.map { metric.sample($0) } }
    }

    private static func text(_ file: String) -> String {
        // Then it tells nothing.
        (try? String(contentsOfFile: "/proc/self/\(file)", encoding: .utf8)) ?? ""
    }

    private static var openFiles: Double? {
        // Without the one by which the folder is read.
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")).map { Double($0.count - 1) }
    }

    /// In bytes.
    static func residentMemory(inStatus text: String) -> Double? {
        words(text, after: "VmRSS:").first.flatMap { Double($0) }.map { $0 * 1024 }
    }

    /// In seconds, of all threads.
    static func processorTime(inStat text: String, ticksInSecond: Double) -> Double? {
        // The second field is the program's name in parentheses, in which there may be anything.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let inProgram = Double(fields[11]), let inKernel = Double(fields[12]) else {
            return nil
        }
        return (inProgram + inKernel) / ticksInSecond
    }

    /// Nil for as many as one likes.
    static func mostFiles(inLimits text: String) -> Double? {
        words(text, after: "Max open files").first.flatMap { Double($0) }
    }

    /// The words of the line that begins so.
    private static func words(_ text: String, after beginning: String) -> [Substring] {
        let line = text.split(separator: "\n").first { $0.hasPrefix(beginning) }
        return line?.dropFirst(beginning.count).split(whereSeparator: \.isWhitespace) ?? []
    }
}
