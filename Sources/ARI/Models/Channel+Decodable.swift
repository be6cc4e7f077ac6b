extension Channel.ID: Decodable {}

extension Channel.State: Decodable {}

extension Channel.CallerID: Decodable {
    private enum CodingKeys: String, CodingKey {
        case name
        case number
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decodeIfPresent(String.self, forKey: .name) ?? ""
        number = try values.decodeIfPresent(String.self, forKey: .number) ?? ""
    }
}

extension Channel.Dialplan: Decodable {
    private enum CodingKeys: String, CodingKey {
        case context
        case exten
        case priority
        case appName = "app_name"
        case appData = "app_data"
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        context = try values.decode(String.self, forKey: .context)
        exten = try values.decode(String.self, forKey: .exten)
        priority = try values.decodeIfPresent(Int.self, forKey: .priority) ?? 1
        // Asterisk 16 and older do not send these two.
        appName = try values.decodeIfPresent(String.self, forKey: .appName)
        appData = try values.decodeIfPresent(String.self, forKey: .appData) ?? ""
    }
}

extension Channel: Decodable {
    private enum CodingKeys: String, CodingKey {
        case id
        case name
        case state
        case caller
        case connected
        case dialplan
        case creationTime = "creationtime"
        case language
        case variables = "channelvars"
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.decode(ID.self, forKey: .id)
        name = try values.decode(String.self, forKey: .name)
        state = try values.decode(State.self, forKey: .state)
        caller = try values.decodeIfPresent(CallerID.self, forKey: .caller) ?? CallerID()
        connected = try values.decodeIfPresent(CallerID.self, forKey: .connected) ?? CallerID()
        dialplan = try values.decode(Dialplan.self, forKey: .dialplan)
        creationTime = try values.decode(ARITimestamp.self, forKey: .creationTime)
        language = try values.decodeIfPresent(String.self, forKey: .language) ?? ""
        let variables = try values.decodeIfPresent([String: String?].self, forKey: .variables) ?? [:]
        self.variables = variables.compactMapValues { $0 }
    }
}
