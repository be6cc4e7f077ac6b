package import ARI

extension AsteriskWorld {
    mutating func handleChannels(_ call: RequestCall) -> ARIHTTPResponse {
        switch call.operation {
        case "channels.list": return .success(.array((legs.map(\.channel) + lingering).map(json)))
        case "channels.get": return describe(call)
        case "channels.getChannelVar": return readVariable(call)
        case "channels.snoopChannelWithId": return makeSnoop(call)
        case "channels.hangup": return hangUp(call)
        default: break
        }
        // The rest is for channels in Stasis only.
        guard let id = find(call.first) else {
            noteMissing(Channel.ID(call.first), call.operation)
            return .refusal(404, "Channel not found")
        }
        guard case .stasis = leg(id)?.place else {
            return .refusal(409, "Channel not in Stasis application")
        }
        return control(id, call)
    }

    /// A living channel's ID, by its ID or its exact name.
    private func find(_ reference: String) -> Channel.ID? {
        legs.called(reference)?.channel.id
    }

    /// Whether a channel is there, or a snoop is that has ended and whose hooks have not gone.
    package func isListed(_ id: Channel.ID) -> Bool {
        find(id.rawValue) != nil || lingering.contains { $0.id == id }
    }

    private func describe(_ call: RequestCall) -> ARIHTTPResponse {
        if let leg = find(call.first).flatMap({ leg($0) }) { return .success(json(leg.channel)) }
        if let channel = lingering.first(where: { $0.id.rawValue == call.first }) { return .success(json(channel)) }
        return .refusal(404, "Channel not found")
    }

    private mutating func control(_ id: Channel.ID, _ call: RequestCall) -> ARIHTTPResponse {
        switch call.operation {
        case "channels.progress":
            break
        case "channels.answer":
            changeState(of: id, to: .up)
        case "channels.setChannelVar":
            guard let name = call["variable"], !name.isEmpty else { return .refusal(400, "Variable name is required") }
            change(id) { $0.variables[name] = call["value"] }
            // Of a function that is written to, such as VOLUME(TX), Asterisk tells nothing.
            if !name.hasSuffix(")") { publishVariable(name, call["value"] ?? "", of: id) }
        case "channels.playWithId":
            let media = call.list("media")
            guard !media.isEmpty else { return .refusal(400, "At least one media URI must be provided") }
            return .success(json(play(media, on: id, as: Playback.ID(call.second))), status: 201)
        case "channels.record":
            return record(id, call)
        default:
            let place = continuation(of: id, call)
            // Asterisk lets a channel go on only when what it is played, or records, has ended.
            if isRecording(id) || playbacks.contains(where: { $0.channel == id }) {
                change(id) { $0.continuation = place }
            } else {
                goOnInDialplan(id, at: place)
            }
        }
        return .noContent
    }

    /// Where a request to go on in the dialplan leads: without a place, behind the line that led into Stasis.
    private func continuation(of id: Channel.ID, _ call: RequestCall) -> DialplanPlace {
        let own = leg(id)?.channel.dialplan ?? Channel.Dialplan(context: "", exten: "")
        let isElsewhere = call["context"] != nil || call["extension"] != nil
        return DialplanPlace(
            context: call["context"] ?? own.context,
            exten: call["extension"] ?? (call["context"] == nil ? own.exten : "s"),
            priority: call["priority"].flatMap(Int.init) ?? (isElsewhere ? 1 : own.priority + 1)
        )
    }

    private mutating func hangUp(_ call: RequestCall) -> ARIHTTPResponse {
        let id = Channel.ID(call.first)
        guard let leg = leg(id) else {
            noteMissing(id, call.operation)
            if ledger.snoopRemovals[id, default: 0] > 0 { violate(call.operation, "\(id) was hung up before") }
            return .refusal(404, "Channel not found")
        }
        if let snoop = leg.snoop {
            ledger.snoopRemovals[id, default: 0] += 1
            end(id, soft: true)
            if silentChannels.contains(snoop.target) || !hooksGoAtOnce { lingering.append(leg.channel) }
        } else {
            if !ledger.inStasis.contains(id) { violate(call.operation, "\(id) belongs to somebody's call") }
            end(id, soft: true)
        }
        return .noContent
    }

    private mutating func makeSnoop(_ call: RequestCall) -> ARIHTTPResponse {
        guard let application = call["app"], !application.isEmpty else {
            violate(call.operation, "no application")
            return .refusal(400, "Application name is required")
        }
        guard let spy = AudioDirection(rawValue: call["spy"] ?? "none"),
            let whisper = AudioDirection(rawValue: call["whisper"] ?? "none"), (spy, whisper) != (.none, .none)
        else {
            violate(call.operation, "no direction")
            return .refusal(400, "Direction must be specified for at least spy or whisper")
        }
        guard let target = find(call.first) else {
            noteMissing(Channel.ID(call.first), call.operation)
            return .refusal(404, "Provided channel was not found")
        }
        let id = Channel.ID(call.second)
        if ledger.channels.contains(id) {
            violate(call.operation, "the ID \(id) was used before")
            if leg(id) != nil { return .refusal(500, "Snoop channel could not be created") }
        }
        // Asterisk's own answer for a channel that is a zombie (`res/ari/resource_channels.c`).
        if leg(target)?.isEnding == true { return .refusal(500, "Snoop channel could not be created") }
        if leg(target)?.snoop != nil { violate(call.operation, "\(target) is a snoop itself") }
        let channel = snoopChannel(id, of: target)
        ledger.snoops.insert(id)
        let place = Place.enteringStasis(application: application, arguments: call.list("appArgs"))
        add(channel, place: place, snoop: Snoop(target: target, spy: spy, whisper: whisper))
        addHooks(to: target)
        let answer = json(channel)
        if entersStasisAtOnce { arrive(id) }
        return .success(answer)
    }

    private mutating func snoopChannel(_ id: Channel.ID, of target: Channel.ID) -> Channel {
        Channel(
            id: id,
            name: "Snoop/\(target)-\(Self.padded(next()))",
            state: .up,
            dialplan: Channel.Dialplan(context: "default", exten: "s"),
            creationTime: ARITimestamp(timestamp())
        )
    }
}
