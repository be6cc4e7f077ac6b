import ArgumentParser
import Foundation
import LabSupport

/// `earshot-lab pictures`: what the pages look like, in each language, light and dark, on a phone and at a desk.
struct Pictures: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a picture of each page, in both languages, light and dark, for phone and desk."
    )

    @OptionGroup var options: EarshotOptions
    @Option(help: "The folder for the pictures.") var folder: String

    private static let paths = [
        "sign-in", "", "users", "users?search=nobody", "users/305", "users/305?form=simple", "users/999",
        "users/305?mode=barge&explain=101", "now", "record", "dialing", "me",
    ]

    func run() async throws {
        let (command, folder) = (options.earshot, folder)
        try await running("pictures") { try await Self.take(command, folder) }
    }

    private static func take(_ command: String, _ folder: String) async throws {
        let lab = try Lab.load()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let page = try await DemoPage.make(for: lab, command: command)
        try await EarshotUnderTest.whileServing(lab, command: command, environment: page.environment) { _ in
            for language in ["en", "ro"] {
                for isDark in [false, true] {
                    for width in [1280, 390] {
                        let look = "\(language)-\(isDark ? "dark" : "light")-\(width)"
                        let browser = try await Browser.start(language: language, width: width, isDark: isDark)
                        let result: Result<Void, any Error>
                        do {
                            result = .success(try await take(look, of: page, with: browser, folder))
                        } catch {
                            result = .failure(error)
                        }
                        await browser.stop()
                        try result.get()
                        say("\(look): \(paths.count) pages")
                    }
                }
            }
        }
        say("The pictures are in \(folder).")
    }

    private static func take(_ look: String, of page: DemoPage, with browser: Browser, _ folder: String) async throws {
        for path in paths {
            try await browser.go(to: "\(page.address)/\(path)")
            if path != "sign-in", try await browser.run("arguments[0](location.pathname)") == "\"/sign-in\"" {
                try await browser.type(page.account, into: "#name")
                try await browser.type(page.password, into: "#password")
                try await browser.click("main button")
                try await browser.waitFor(page.account, in: ".who")
                try await browser.go(to: "\(page.address)/\(path)")
            }
            let name = (path.isEmpty ? "home" : path).map { $0.isLetter || $0.isNumber ? $0 : "-" }
            try await browser.picture().write(to: URL(fileURLWithPath: "\(folder)/\(String(name))-\(look).png"))
        }
    }
}
