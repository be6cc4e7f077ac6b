package import ARI
package import Monitoring

extension RegistryInput {
    /// What an event of Asterisk means for sessions and legs.
    ///
    /// - Parameter application: whose names are ours.
    /// - Returns: nothing for an event that concerns nobody.
    package static func inputs(for event: ARIEvent, _ application: String, on node: NodeID) -> [RegistryInput] {
        func ours(_ text: String) -> ResourceName? {
            ResourceName(text, of: application)
        }
        switch event {
        case .stasisStart(let start): return [arrival(start, ours(start.channel.id.rawValue), on: node)]
        case .stasisEnd(let end): return [.channelLeft(ChannelID(end.channel.id.rawValue))]
        case .channelDestroyed(let destroyed): return [.channelGone(ChannelID(destroyed.channel.id.rawValue))]
        case .channelEnteredBridge(let entered):
            guard let channel = entered.channel, let name = ours(entered.bridge.id.rawValue) else { return [] }
            return [.channelEntered(ChannelID(channel.id.rawValue), BridgeID(entered.bridge.id.rawValue), name)]
        case .playbackFinished(let finished):
            let id = finished.playback.id.rawValue
            guard let name = ours(id) else { return [] }
            let wasHeard = finished.playback.state != .failed
            return [.session(name.session, .playbackFinished(PlaybackID(id), wasHeard: wasHeard))]
        case .playbackContinuing(let continuing):
            let id = continuing.playback.id.rawValue
            return ours(id).map { [.session($0.session, .playbackContinued(PlaybackID(id)))] } ?? []
        case .channelDtmfReceived(let received):
            guard received.digit.count == 1, let key = received.digit.first.flatMap(TelephoneKey.init) else {
                return []
            }
            let time = received.timestamp?.millisecondsSince1970
            return [.keyPressed(ChannelID(received.channel.id.rawValue), key, at: time)]
        case .recordingFailed(let failed):
            let name = RecordingName(failed.recording.name)
            return name.session.map { [.session($0, .recordingFailed(name))] } ?? []
        case .recordingFinished(let finished):
            let name = RecordingName(finished.recording.name)
            return name.session.map { [.session($0, .recordingFinished(name))] } ?? []
        case .channelCreated(let created): return [endpoint(of: created.channel)].compactMap { $0 }
        case .channelStateChange(let change): return [endpoint(of: change.channel)].compactMap { $0 }
        case .channelVarset(let varset):
            // Set when the channel gets somebody to talk to.
            guard varset.variable == PartnerFinder.partnersVariable, !varset.value.isEmpty, let channel = varset.channel
            else { return [] }
            let partners = PartnerNames(varset.value)
            let id = ChannelID(channel.id.rawValue)
            return [endpoint(of: channel)].compactMap { $0 }
                + [.partnersChanged(id, partners.names, isComplete: partners.isComplete)]
        case .channelUserevent, .applicationReplaced, .unknown, .undecodable:
            return []  // Nothing that a session waits for; see `SessionEvent`.
        }
    }

    private static func arrival(_ start: StasisStart, _ name: ResourceName?, on node: NodeID) -> RegistryInput {
        let id = ChannelID(start.channel.id.rawValue)
        if let replaced = start.replacedChannel { return .channelReplaced(ChannelID(replaced.id.rawValue), by: id) }
        if let name, name.kind == .snoop { return .snoopStarted(id, name) }
        return .supervisorArrived(Arrival(Supervisor(start.channel, dialled: start.arguments.first, on: node)))
    }

    private static func endpoint(of channel: Channel) -> RegistryInput? {
        EndpointName(channelName: channel.name).map { .endpointChanged($0) }
    }
}
