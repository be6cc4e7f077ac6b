/// A channel: one leg of a call, or one of our snoops.
package struct Channel: Sendable, Hashable, Identifiable {
    /// The channel's unique ID. ARI also accepts an exact channel name in its place.
    package struct ID: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
        /// The text that Asterisk uses.
        package var rawValue: String

        package init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Wraps the text that Asterisk uses.
        package init(_ rawValue: String) {
            self.rawValue = rawValue
        }

        package var description: String { rawValue }
    }

    /// Whether a channel rings, is answered, and so on. Texts that we do not know survive.
    package struct State: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
        /// The text that Asterisk uses (`ast_state2str`).
        package var rawValue: String

        package init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Created, nothing more.
        package static let down = Self(rawValue: "Down")
        /// The called phone rings.
        package static let ringing = Self(rawValue: "Ringing")
        /// The caller hears that it rings.
        package static let ring = Self(rawValue: "Ring")
        /// Answered.
        package static let up = Self(rawValue: "Up")

        package var description: String { rawValue }
    }

    /// A party of the call as the phone names itself. Never a proof of who it is: the phone chooses it.
    package struct CallerID: Sendable, Hashable {
        /// The name, possibly empty.
        package var name: String
        /// The number, possibly empty.
        package var number: String

        package init(name: String = "", number: String = "") {
            self.name = name
            self.number = number
        }
    }

    /// Where in the dialplan the channel is.
    package struct Dialplan: Sendable, Hashable {
        /// The context.
        package var context: String
        /// The extension in that context: for a supervisor, what they dialled.
        package var exten: String
        /// The priority.
        package var priority: Int
        /// The dialplan application that runs, such as `Stasis`, or empty; nil before Asterisk 18, which does not tell.
        package var appName: String?
        /// The arguments of that application.
        package var appData: String

        package init(
            context: String,
            exten: String,
            priority: Int = 1,
            appName: String? = "",
            appData: String = ""
        ) {
            self.context = context
            self.exten = exten
            self.priority = priority
            self.appName = appName
            self.appData = appData
        }
    }

    /// The unique ID.
    package var id: ID
    /// The name, such as `PJSIP/203-00000002` or `Snoop/<ID>-00000003`.
    package var name: String
    /// The state.
    package var state: State
    /// Who this channel's own party says it is.
    package var caller: CallerID
    /// Who that party talks to.
    package var connected: CallerID
    /// Where it is in the dialplan.
    package var dialplan: Dialplan
    /// When it was created.
    package var creationTime: ARITimestamp
    /// The language of its prompts.
    package var language: String
    /// The variables that `channelvars` of Asterisk's `ari.conf` lists; empty if it lists none. A variable that the
    /// channel does not have is listed with an empty value.
    package var variables: [String: String]

    /// Creates a channel as Asterisk would describe it.
    package init(
        id: ID,
        name: String,
        state: State,
        caller: CallerID = CallerID(),
        connected: CallerID = CallerID(),
        dialplan: Dialplan,
        creationTime: ARITimestamp,
        language: String = "en",
        variables: [String: String] = [:]
    ) {
        self.id = id
        self.name = name
        self.state = state
        self.caller = caller
        self.connected = connected
        self.dialplan = dialplan
        self.creationTime = creationTime
        self.language = language
        self.variables = variables
    }
}

extension Channel {
    /// Technology and resource of the channel's endpoint, such as `PJSIP` and `203`: its name without the number that
    /// Asterisk appends. Nil if the name has another form.
    package var endpoint: (technology: String, resource: String)? {
        guard let slash = name.firstIndex(of: "/"), let dash = name.lastIndex(of: "-"), slash < dash else { return nil }
        let resource = name[name.index(after: slash)..<dash]
        guard slash > name.startIndex, !resource.isEmpty else { return nil }
        return (String(name[..<slash]), String(resource))
    }
}
