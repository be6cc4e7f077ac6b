package import Foundation

/// A real browser without a window: Debian's chromium, driven by chromium-driver over the W3C WebDriver protocol.
package final class Browser: Sendable {
    private let process: GuardedProcess
    /// Where chromium-driver is asked, with the session in it.
    private let address: String

    private init(process: GuardedProcess, address: String) {
        self.process = process
        self.address = address
    }

    /// - Parameters:
    ///   - language: what the browser asks pages for, such as `ro`.
    ///   - width: of the window, in pixels.
    ///   - isDark: whether the person prefers dark pages.
    /// - Throws: ``LabError`` when there is no browser: `scripts/setup` installs it.
    package static func start(
        language: String = "en",
        width: Int = 1280,
        isDark: Bool = false
    ) async throws -> Browser {
        let port = try FreePorts.pair()
        let process = try GuardedProcess(["chromedriver", "--port=\(port)"], folder: try makeTemporaryFolder())
        let driver = Browser(process: process, address: "http://127.0.0.1:\(port)")
        do {
            let options: [String: Any] = [
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=\(width),900",
                    "--lang=\(language)",
                ],
                "prefs": ["intl.accept_languages": language],
            ]
            // Certificates in the lab are nobody's but our own.
            let wish: [String: Any] = [
                "capabilities": ["alwaysMatch": ["goog:chromeOptions": options, "acceptInsecureCerts": true]]
            ]
            let session = try await driver.becomesReady(asked: wish)
            let browser = Browser(process: process, address: "\(driver.address)/session/\(session)")
            try await browser.prefer(isDark: isDark, width: width)
            return browser
        } catch {
            await driver.stop()
            throw LabError("no browser: \(error)\n\(process.lastOutput())")
        }
    }

    /// Ends the browser, which removes what it has stored, and its driver.
    package func stop() async {
        _ = try? await send("DELETE", "", nil)
        let process = process
        _ = try? await offTheExecutor { process.end() }
    }

    private func becomesReady(asked wish: [String: Any]) async throws -> String {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            do {
                guard let answer = try await send("POST", "/session", wish) as? [String: Any],
                    let session = answer["sessionId"] as? String
                else { throw LabError("chromium-driver has made no session") }
                return session
            } catch {
                guard ContinuousClock.now < deadline, process.isRunning else { throw error }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// What a person sets in their system; and how wide the page is, below the narrowest window.
    private func prefer(isDark: Bool, width: Int) async throws {
        try await command(
            "Emulation.setEmulatedMedia",
            ["features": [["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]]]
        )
        try await command(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500]
        )
    }

    private func command(_ name: String, _ parameters: [String: Any]) async throws {
        _ = try await send("POST", "/goog/cdp/execute", ["cmd": name, "params": parameters])
    }

    // MARK: - What a person does

    package func go(to url: String) async throws { _ = try await send("POST", "/url", ["url": url]) }

    /// Types into a field in the place of what stands there.
    ///
    /// - Parameter selector: CSS.
    package func type(_ text: String, into selector: String) async throws {
        let element = try await find(selector)
        _ = try await send("POST", "/element/\(element)/clear", [:])
        _ = try await send("POST", "/element/\(element)/value", ["text": text])
    }

    package func click(_ selector: String) async throws {
        let element = try await find(selector)
        _ = try await send("POST", "/element/\(element)/click", [:])
    }

    /// Chooses an entry of a list by what is written there.
    package func choose(_ text: String, in selector: String) async throws {
        let element = try await find(selector)
        _ = try await send("POST", "/element/\(element)/value", ["text": text])
    }

    // MARK: - What a person sees

    /// What is written on the page.
    package func text() async throws -> String { try await text(of: "body") }

    package func text(of selector: String) async throws -> String {
        let element = try await find(selector)
        return try await send("GET", "/element/\(element)/text", nil) as? String ?? ""
    }

    /// Waits until this is written on the page, or in a part of it.
    package func waitFor(
        _ text: String,
        in selector: String = "body",
        within timeout: Duration = .seconds(10)
    ) async throws {
        let deadline = ContinuousClock.now + timeout
        while true {
            // While a page is being exchanged its parts are not there.
            let page = (try? await self.text(of: selector)) ?? ""
            if page.contains(text) { return }
            guard ContinuousClock.now < deadline else { throw LabError("the page does not say \"\(text)\":\n\(page)") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Runs a script in the page.
    ///
    /// - Returns: what it returns, as JSON.
    @discardableResult
    package func run(_ script: String) async throws -> String {
        let value = try await send("POST", "/execute/async", ["script": script, "args": [Any]()])
        let data = try JSONSerialization.data(
            withJSONObject: value,
            options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes]
        )
        return String(decoding: data, as: UTF8.self)
    }

    /// What the browser keeps of the site, as it would say so.
    package func cookies() async throws -> [Cookie] {
        let answer = try await send("GET", "/cookie", nil)
        return (answer as? [[String: Any]] ?? []).map { cookie in
            Cookie(
                name: cookie["name"] as? String ?? "",
                isSecure: cookie["secure"] as? Bool ?? false,
                isHTTPOnly: cookie["httpOnly"] as? Bool ?? false,
                sameSite: cookie["sameSite"] as? String ?? ""
            )
        }
    }

    package struct Cookie: Hashable, Sendable {
        package let name: String
        package let isSecure: Bool
        package let isHTTPOnly: Bool
        package let sameSite: String
    }

    /// A picture of the page, all of it, as PNG.
    package func picture() async throws -> Data {
        let answer = try await send(
            "POST",
            "/goog/cdp/execute",
            ["cmd": "Page.captureScreenshot", "params": ["captureBeyondViewport": true]]
        )
        guard let text = (answer as? [String: Any])?["data"] as? String, let data = Data(base64Encoded: text) else {
            throw LabError("the browser has made no picture")
        }
        return data
    }

    // MARK: - The protocol

    /// The name under which WebDriver hands elements out (W3C WebDriver, 11).
    private static let elementKey = "element-6066-11e4-a52e-4f735466cecf"

    private func find(_ selector: String) async throws -> String {
        let answer = try await send("POST", "/element", ["using": "css selector", "value": selector])
        guard let element = (answer as? [String: Any])?[Self.elementKey] as? String else {
            throw LabError("the page has no \(selector)")
        }
        return element
    }

    /// - Returns: the answer's `value`.
    private func send(_ method: String, _ path: String, _ body: [String: Any]?) async throws -> Any {
        let text = try body.map { try JSONSerialization.data(withJSONObject: $0) }
        let url = address + path
        let answer = try await offTheExecutor {
            let curl = Process()
            curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            curl.arguments = ["curl", "-sS", "--max-time", "60", "-X", method, url]
            if text != nil { curl.arguments? += ["-H", "Content-Type: application/json", "--data-binary", "@-"] }
            let (input, output) = (Pipe(), Pipe())
            curl.standardInput = input
            curl.standardOutput = output
            curl.standardError = FileHandle.nullDevice
            try curl.run()
            try input.fileHandleForWriting.write(contentsOf: text ?? Data())
            try input.fileHandleForWriting.close()
            let data = output.fileHandleForReading.readDataToEndOfFile()
            curl.waitUntilExit()
            return data
        }
        guard let object = try? JSONSerialization.jsonObject(with: answer) as? [String: Any] else {
            throw LabError("chromium-driver does not answer \(method) \(path)")
        }
        let value = object["value"] ?? NSNull()
        if let error = value as? [String: Any], let code = error["error"] as? String {
            throw LabError("\(method) \(path): \(code): \(error["message"] ?? "")")
        }
        return value
    }
}
