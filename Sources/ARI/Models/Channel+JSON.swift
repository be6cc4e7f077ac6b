extension Channel.ID: JSONReadable {}

extension Channel.State: JSONReadable {}

extension Channel.CallerID: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        name = try json.readIfPresent("name") ?? ""
        number = try json.readIfPresent("number") ?? ""
    }
}

extension Channel.Dialplan: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        context = try json.read("context")
        exten = try json.read("exten")
        priority = try json.readIfPresent("priority") ?? 1
        // Asterisk 16 and older do not send these two.
        appName = try json.readIfPresent("app_name")
        appData = try json.readIfPresent("app_data") ?? ""
    }
}

extension Channel: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        id = try json.read("id")
        name = try json.read("name")
        state = try json.read("state")
        caller = try json.readIfPresent("caller") ?? CallerID()
        connected = try json.readIfPresent("connected") ?? CallerID()
        dialplan = try json.read("dialplan")
        creationTime = try json.read("creationtime")
        language = try json.readIfPresent("language") ?? ""
        variables = try json.readIfPresent("channelvars") ?? [:]
    }
}
