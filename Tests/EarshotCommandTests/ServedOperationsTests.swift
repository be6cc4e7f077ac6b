import Foundation
import Testing

/// The built command, asked by a program as operations ask it. There is no Asterisk.
@Suite(.timeLimit(.minutes(1))) struct ServedOperationsTests {
    private struct NotServed: Error {
        let log: String
    }

    @Test func `a service whose Asterisk is away lives, says what is missing, and shows its metrics`() throws {
        let scratch = try Scratch()
        let log = Pipe()
        let environment = [
            "EARSHOT_ARI_PASSWORD": "none", "EARSHOT_ARI_URL": "http://127.0.0.1:1/ari",
            "EARSHOT_STORAGE_PATH": scratch.path("earshot.db"), "EARSHOT_WEB_LISTEN": "127.0.0.1:0",
            "EARSHOT_LOG_FORMAT": "json",
        ]
        let process = try BuiltCommand.start(["serve"], environment: environment, log: log)
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        let port = try Self.port(log)
        let live = try Self.ask(port, "/health/live")
        #expect(live == "live\n200")
        let ready = try Self.ask(port, "/health/ready")
        #expect(ready == "Asterisk is not connected: no events come from it.\n503")
        let metrics = try Self.ask(port, "/metrics")
        #expect(metrics.hasSuffix("\n200"))
        for line in ["earshot_engine_up 1", "earshot_ari_connection_up 0", "earshot_record_failures_total 0"] {
            #expect(metrics.contains("\n\(line)\n"), "\(line)")
        }
        // The service has asked Asterisk, and counted it.
        #expect(metrics.contains(/\nearshot_ari_reconnects_total\{cause="connection_failed"\} [1-9]/))
        // Whoever is passed on by some proxy is from elsewhere, and there is no token.
        #expect(try Self.ask(port, "/metrics", "X-Forwarded-For: 192.0.2.1").hasSuffix("\n403"))
        withExtendedLifetime(log) {}
    }

    /// Where the page is, as the log says.
    private static func port(_ log: Pipe) throws -> Int {
        var text = ""
        while true {
            let data = log.fileHandleForReading.availableData
            guard !data.isEmpty else { throw NotServed(log: text) }
            text += String(decoding: data, as: UTF8.self)
            if let found = text.firstMatch(of: /page is served.*"web.listen":"[^"]*:([0-9]+)"/), let port = Int(found.1)
            {
                return port
            }
        }
    }

    /// - Returns: the answer's text, and its status in the last line.
    private static func ask(_ port: Int, _ path: String, _ header: String = "Accept: */*") throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "curl", "--silent", "--max-time", "20", "--header", header, "--write-out", "%{http_code}",
            "http://127.0.0.1:\(port)\(path)",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }
}
