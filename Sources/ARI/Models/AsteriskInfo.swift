/// What Asterisk says about itself.
package struct AsteriskInfo: Sendable, Hashable {
    /// The release, such as `22.10.1`, possibly with a distribution's suffix.
    package var version: String
    /// The ID of this Asterisk, which is a MAC address unless configured; empty if Asterisk does not say.
    package var entityID: String
    /// The system's name from `asterisk.conf`; empty if it has none.
    package var systemName: String
    /// When it started; nil if Asterisk does not say. A later value than before means that every channel is gone.
    package var startupTime: ARITimestamp?

    /// Creates an answer as Asterisk would give it.
    package init(version: String, entityID: String = "", systemName: String = "", startupTime: ARITimestamp? = nil) {
        self.version = version
        self.entityID = entityID
        self.systemName = systemName
        self.startupTime = startupTime
    }
}

extension AsteriskInfo: JSONReadable {
    private struct System: JSONReadable {
        let version: String
        let entityID: String?

        init(json: JSONNode) throws(JSONProblem) {
            version = try json.read("version")
            entityID = try json.readIfPresent("entity_id")
        }
    }

    private struct Config: JSONReadable {
        let name: String?

        init(json: JSONNode) throws(JSONProblem) { name = try json.readIfPresent("name") }
    }

    private struct Status: JSONReadable {
        let startupTime: ARITimestamp?

        init(json: JSONNode) throws(JSONProblem) { startupTime = try json.readIfPresent("startup_time") }
    }

    init(json: JSONNode) throws(JSONProblem) {
        let system: System = try json.read("system")
        let config: Config? = try json.readIfPresent("config")
        let status: Status? = try json.readIfPresent("status")
        self.init(
            version: system.version,
            entityID: system.entityID ?? "",
            systemName: config?.name ?? "",
            startupTime: status?.startupTime
        )
    }
}

/// A loaded module of Asterisk.
package struct AsteriskModule: Sendable, Hashable {
    /// The file's name, such as `res_stasis_snoop.so`.
    package var name: String
    /// `Running`, `Not Running`, or something that we do not know.
    package var status: String

    /// Creates a module as Asterisk would describe it.
    package init(name: String, status: String) {
        self.name = name
        self.status = status
    }

    /// True if the module works.
    package var isRunning: Bool { status == "Running" }
}

extension AsteriskModule: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        name = try json.read("name")
        status = try json.read("status")
    }
}
