import ArgumentParser
import Directory
import Foundation
import LabSupport
import Monitoring
import MonitoringRecord
import Storage

/// `earshot-lab bench web`: the page and the file of a large installation.
struct BenchWeb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "web",
        abstract: "Pages, rights and the first audio with many users and a long record.",
        discussion: """
            Fills a file with users and entries, then measures each page, how long it takes to read a user's rights, and the first \
            audio with this file and without one, in turn.
            """
    )

    @OptionGroup var options: EarshotOptions
    @Option(help: "How many users.") var users = 10_000
    @Option(help: "How many entries of the record.") var entries = 1_000_000
    @Option(help: "How often each page, and the first audio, is measured.") var runs = 20
    @Option(help: "Fail when a page's median is longer, in milliseconds.") var pageAtMost = 100.0
    @Option(help: "Fail when the median of reading rights is longer, in milliseconds.") var rightsAtMost = 1.0

    func validate() throws {
        guard users >= 100, entries >= 100, runs > 0 else {
            throw ValidationError("--users and --entries must be at least 100, --runs at least 1.")
        }
    }

    func run() async throws {
        let bench = self
        try await measuring { try await bench.measure() }
    }

    private func measure() async throws {
        let lab = try Lab.load()
        let page = try await DemoPage.make(for: lab, command: options.earshot)
        let directory = try await fill(page)
        var slow: [String] = []
        let rights = try await readRights(directory)
        say("reading a user's rights: \(rights.text)")
        if rights.median > rightsAtMost { slow.append("rights") }
        try await EarshotUnderTest.whileServing(lab, command: options.earshot, environment: page.environment) { _ in
            for (path, times) in try await askForPages(page) {
                say("\(path): \(times.text)")
                if times.median > pageAtMost { slow.append(path) }
            }
        }
        let (with, without) = try await firstAudio(lab, page)
        say("first audio with the file:    \(with.text)")
        say("first audio without a file:   \(without.text)")
        say("ratio of the medians, with / without: \(hundredths(with.median / without.median))")
        guard slow.isEmpty else { throw TooSlow(description: "too slow: \(slow.joined(separator: ", "))") }
    }

    // MARK: - The file

    private func fill(_ page: DemoPage) async throws -> Directory {
        let begin = ContinuousClock.now
        let storage = try Storage(path: page.file, migrations: Directory.migrations + RecordStore.migrations)
        let directory = Directory(storage, templates: [.standard])
        let groups = ["sales", "support", "night", "leads"].compactMap(GroupName.init(_:))
        for first in stride(from: 0, to: users, by: 1000) {
            let some = try (first..<min(first + 1000, users)).map { number in
                User(
                    try Extension("\(20_000 + number)"),
                    name: "User \(number)",
                    rights: UserRights(
                        permission: SpyPermission.all[number % 4],
                        groups: [groups[number % groups.count]]
                    )
                )
            }
            try await directory.save(some, by: .commandLine("bench"))
        }
        let clock = EntryClock(first: Int64(Date().timeIntervalSince1970 * 1000) - Int64(entries) * 20_000)
        let record = RecordStore(storage, origin: "bench", now: { clock.next() })
        let results = ["target_hung_up", "supervisor_hung_up", "no_permission", "nobody_talking"]
        for first in stride(from: 0, to: entries, by: 5000) {
            try await record.append(
                (first..<min(first + 5000, entries)).map { number in
                    RecordDraft(
                        number.isMultiple(of: 2) ? .sessionStarted : .sessionEnded,
                        [
                            .session: "bench-\(number / 2)", .supervisor: "\(20_000 + number % 50)",
                            .target: "\(20_000 + number % users)", .mode: "listen",
                            .result: number.isMultiple(of: 2) ? nil : results[number % 4],
                        ]
                    )
                }
            )
        }
        say("\(users) users and \(entries) entries were written in \(ContinuousClock.now - begin)")
        return directory
    }

    private func readRights(_ directory: Directory) async throws -> Series {
        var times = Series()
        for _ in 0..<2000 {
            let endpoint = EndpointName(technology: "PJSIP", resource: "\(20_000 + Int.random(in: 0..<users))")
            let begin = ContinuousClock.now
            guard try await directory.rights(of: endpoint) != nil else { throw LabError("\(endpoint) has no rights") }
            times.add((ContinuousClock.now - begin) / .milliseconds(1))
        }
        return times
    }

    // MARK: - Pages

    private func askForPages(_ page: DemoPage) async throws -> [(path: String, times: Series)] {
        let jar = page.file + ".cookies"
        defer { try? FileManager.default.removeItem(atPath: jar) }
        func ask(_ path: String, _ more: [String] = []) async throws -> (status: String, time: Double) {
            let arguments = [
                "curl", "-sS", "-o", "/dev/null", "-b", jar, "-c", jar, "-w", "%{http_code} %{time_total}",
            ]
            let text = try await output(of: arguments + more + [page.address + path])
            let parts = text.split(separator: " ")
            guard parts.count == 2, let time = Double(parts[1]) else { throw LabError("curl says \(text)") }
            return (String(parts[0]), time * 1000)
        }
        let signIn = try await ask(
            "/sign-in",
            // As a browser does: nobody signs in without saying from where.
            [
                "-H", "Origin: \(page.address)", "--data-urlencode", "name=\(page.account)", "--data-urlencode",
                "password=\(page.password)",
            ]
        )
        guard signIn.status == "303" else { throw LabError("nobody can sign in: \(signIn.status)") }
        var all: [(String, Series)] = []
        for path in [
            "/users", "/users?search=7", "/users?group=sales&page=20", "/users/20007", "/now", "/record",
            "/record?supervisor=20007", "/record?target=29999&event=session_started", "/record?result=no_permission",
            "/record?until=2026-01-01", "/dialing", "/me",
        ] {
            var times = Series()
            for _ in 0..<runs {
                let answer = try await ask(path)
                guard answer.status == "200" else { throw LabError("\(path) answers \(answer.status)") }
                times.add(answer.time)
            }
            all.append((path, times))
        }
        return all
    }

    // MARK: - The first audio

    private func firstAudio(_ lab: Lab, _ page: DemoPage) async throws -> (with: Series, without: Series) {
        var (with, without) = (Series(), Series())
        // In turn, so that whatever else the machine does meets both.
        for _ in 0..<4 {
            for isWith in [true, false] {
                let environment = isWith ? page.environment : [:]
                let share = max(1, runs / 4)
                try await EarshotUnderTest.whileServing(lab, command: options.earshot, environment: environment) { _ in
                    try await StandingCall.whileUp(in: lab) { _ in
                        let phone = try MeasuringPhone(user: "320", server: lab.sip.port, tone: .supervisor)
                        defer { phone.stop() }
                        for _ in 0..<share {
                            let time = try await FirstAudio.firstAudio(of: "*91101", phone, lab)
                            if isWith { with.add(time) } else { without.add(time) }
                        }
                    }
                }
            }
        }
        return (with, without)
    }
}

/// A clock that goes on by twenty seconds with each entry.
// Safe because the lock is held whenever the time is read or written.
private final class EntryClock: @unchecked Sendable {
    private let lock = NSLock()
    private var time: Int64

    init(first: Int64) { time = first }

    func next() -> Int64 {
        lock.withLock {
            time += 20_000
            return time
        }
    }
}
