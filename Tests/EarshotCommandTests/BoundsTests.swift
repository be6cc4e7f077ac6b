import CurlTransport
import Foundation
import PrometheusMetrics
import Testing

@testable import EarshotService
@testable import Monitoring
@testable import earshot

/// The table of what may wait has the numbers of the program.
@Suite struct BoundsTests {
    private static func count(_ number: Int) -> String {
        let (thousands, rest) = (number / 1000, String(number % 1000))
        return thousands == 0 ? rest : "\(thousands)," + String(repeating: "0", count: 3 - rest.count) + rest
    }

    private static func mebibytes(_ bytes: Int) -> String { "\(bytes / 1_048_576) MiB" }

    private static func bounds() throws -> [(row: String, numbers: [String])] {
        let curl = CurlConfiguration(baseURL: try CurlBaseURL("http://127.0.0.1:8088/ari"))
        let events = curl.webSocket
        return [
            (
                "events from Asterisk",
                [count(events.maximumBufferedMessages), mebibytes(events.maximumBufferedBytes)]
            ),
            ("one event, one answer", [mebibytes(events.maximumMessage), mebibytes(curl.maximumResponseBody)]),
            ("bytes to Asterisk", [mebibytes(events.maximumUnsentBytes)]),
            ("requests for a free connection", [count(curl.maximumWaitingRequests)]),
            ("requests of all sessions", [count(SessionRegistry.mostUnanswered)]),
            (
                "channels that one search looks at",
                [
                    "\(TargetFinder.mostChannels) of an extension", "\(PartnerFinder.mostMembers) in a bridge",
                    "\(PartnerFinder.longestChain) Local channels",
                ]
            ),
            ("keys of a session", [count(Keypad.mostPresses)]),
            ("what happens in sessions", [count(FactFeed.limit)]),
            ("other entries of the record", [count(UnwrittenEntries.limit)]),
            ("log lines that nobody reads", [mebibytes(LineQueue.capacity)]),
            ("things about which log lines are counted", [count(RepeatedLines.mostSubjects)]),
            ("browsers that are told", [count(LiveView.mostViewers)]),
            ("series of metrics", [count(PrometheusExporter.mostSeries)]),
        ]
    }

    @Test func `each bound that the table names is the program's`() throws {
        let document = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/earshot/Documentation.docc/Limits.md").standardizedFileURL
        let rows = try String(contentsOf: document, encoding: .utf8).split(separator: "\n")
        for (name, numbers) in try Self.bounds() {
            let row = try #require(rows.first { $0.hasPrefix("| \(name)") }, "\(name)")
            let cells = row.split(separator: "|")
            for number in numbers { #expect(cells[1].contains(number), "\(name): \(number)") }
        }
    }
}
