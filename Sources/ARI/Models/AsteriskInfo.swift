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

extension AsteriskInfo: Decodable {
    private enum CodingKeys: CodingKey {
        case system
        case config
        case status
    }

    private struct System: Decodable {
        var version: String
        var entityID: String?

        enum CodingKeys: String, CodingKey {
            case version
            case entityID = "entity_id"
        }
    }

    private struct Config: Decodable {
        var name: String?
    }

    private struct Status: Decodable {
        var startupTime: ARITimestamp?

        enum CodingKeys: String, CodingKey {
            case startupTime = "startup_time"
        }
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let system = try values.decode(System.self, forKey: .system)
        version = system.version
        entityID = system.entityID ?? ""
        systemName = try values.decodeIfPresent(Config.self, forKey: .config)?.name ?? ""
        startupTime = try values.decodeIfPresent(Status.self, forKey: .status)?.startupTime
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

extension AsteriskModule: Decodable {
    private enum CodingKeys: CodingKey {
        case name
        case status
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(String.self, forKey: .name)
        status = try values.decode(String.self, forKey: .status)
    }
}
