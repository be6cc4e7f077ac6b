import Foundation

/// axe-core, which looks at a page for what keeps people from using it.
package enum Axe {
    /// Where `scripts/setup` has put it.
    private static var file: String {
        let environment = ProcessInfo.processInfo.environment
        let cache = environment["XDG_CACHE_HOME"] ?? "\(environment["HOME"] ?? "")/.cache"
        return "\(cache)/earshot/axe.min.js"
    }

    /// Everything that is wrong with the page in the browser: rules, and the first place where each is broken.
    ///
    /// - Throws: ``LabError`` when axe-core is not there: `scripts/setup` fetches it.
    package static func violations(in browser: Browser) async throws -> [String] {
        guard let script = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw LabError("\(file) is not there: run scripts/setup")
        }
        let found = try await browser.run(
            """
            const done = arguments[arguments.length - 1];
            \(script);
            axe.run().then((result) => done(result.violations.map((one) => `${one.id}: ${one.nodes[0].html}`)));
            """
        )
        return try JSONDecoder().decode([String].self, from: Data(found.utf8))
    }
}
