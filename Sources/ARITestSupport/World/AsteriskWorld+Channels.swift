import ARI
import struct Monitoring.EndpointName

extension AsteriskWorld {
    /// Adds a channel to the world.
    mutating func add(_ channel: Channel, place: Place, variables: [String: String] = [:], snoop: Snoop? = nil) {
        legs.append(Leg(channel: channel, place: place, variables: variables, snoop: snoop))
        ledger.channels.insert(channel.id)
        // ARI takes a channel's name in place of its ID.
        ledger.channels.insert(Channel.ID(channel.name))
        guard let (technology, resource) = channel.endpoint,
            endpoint(technology, resource) != nil
        else { return }
        let name = EndpointName(technology: technology, resource: resource)
        endpoints.change(name) { $0.channels.append(channel.id) }
        publishEndpoint(of: channel)
        publish("ChannelCreated", about: channel.id)
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) { publishVariable(name, value, of: channel.id) }
    }

    mutating func changeState(of id: Channel.ID, to state: Channel.State) {
        guard let leg = leg(id), leg.channel.state != state else { return }
        change(id) { $0.channel.state = state }
        publish("ChannelStateChange", about: id)
    }

    // MARK: Stasis

    /// Lets a channel that is on its way into Stasis arrive. If the application is not connected, a snoop dies without
    /// a word, and any other channel goes on in the dialplan.
    mutating func arrive(_ id: Channel.ID) {
        guard let leg = leg(id), case .enteringStasis(let application, let arguments) = leg.place else { return }
        guard applications[application]?.isConnected == true else {
            change(id) { $0.place = .dialplan }
            if leg.snoop != nil { remove(id) }
            return
        }
        change(id) { leg in
            leg.place = .stasis(application: application)
            leg.channel.dialplan.appName = "Stasis"
            leg.channel.dialplan.appData = ([application] + arguments).joined(separator: ",")
        }
        ledger.inStasis.insert(id)
        let list = JSONValue.array(arguments.map { .string($0) })
        guard let channel = self.leg(id)?.channel else { return }
        send("StasisStart", to: application, [.init("args", list), .init("channel", json(channel))])
    }

    /// Takes a channel out of its bridge and out of Stasis.
    mutating func leaveStasis(_ id: Channel.ID) {
        finishRecordings(of: id)
        leave(id)
        guard let leg = leg(id), case .stasis(let application) = leg.place else { return }
        send("StasisEnd", to: application, [.init("channel", json(leg.channel))])
        change(id) { leg in
            leg.place = .dialplan
            leg.channel.dialplan.appName = ""
        }
        forgetIfUnused(application)
    }

    // MARK: End

    /// Ends a channel, and with it its snoops and the other side of its call, with the events in Asterisk's order.
    ///
    /// - Parameter soft: true if Asterisk itself was asked to hang up, false if the phone did.
    mutating func end(_ id: Channel.ID, soft: Bool) {
        guard let leg = leg(id) else { return }
        publish(
            "ChannelHangupRequest",
            about: id,
            [.init("soft", .bool(soft)), .init("cause", .number(soft ? 32 : 16))]
        )
        finishRecordings(of: id)
        failPlaybacks(of: id)
        leaveStasis(id)
        for snoop in legs.snoops(of: id) {
            leaveStasis(snoop.channel.id)
            remove(snoop.channel.id)
        }
        remove(id)
        guard let partner = leg.partner else { return }
        let bridge = leg.bridge
        change(partner) { $0.partner = nil }
        end(partner, soft: true)
        if let bridge { bridges.remove(bridge) }
    }

    /// Takes a channel from the world. Only who is subscribed to it, or to its endpoint, is told.
    mutating func remove(_ id: Channel.ID) {
        guard let leg = leg(id) else { return }
        publish("ChannelDestroyed", about: id, [.init("cause", 16), .init("cause_txt", "Normal Clearing")])
        lastVariables[id] = leg.variables
        legs.remove(id)
        if hooksGoAtOnce { passPackets() }
        lingering.removeAll { leg.channel.name.contains($0.id.rawValue) }
        silentChannels.remove(id)
        for name in Array(applications.keys) {
            applications[name]?.subscriptions[.channel(id)] = nil
        }
        guard let (technology, resource) = leg.channel.endpoint,
            endpoint(technology, resource) != nil
        else { return }
        let name = EndpointName(technology: technology, resource: resource)
        endpoints.change(name) { $0.channels.removeAll { $0 == id } }
        publishEndpoint(of: leg.channel)
    }

    // MARK: Playbacks

    /// Begins a playback, or puts it behind the one that the channel is played already.
    mutating func play(_ media: [String], on channel: Channel.ID, as id: Playback.ID) -> Playback {
        let target = "channel:\(channel)"
        let playback = Playback(id: id, state: .queued, mediaURI: media.first ?? "", targetURI: target)
        ledger.playbacks.insert(id)
        if leg(channel)?.isThrownOut == true {
            lostPlaybacks.append(id)
            return playback
        }
        let isFirst = !playbacks.contains { $0.channel == channel }
        playbacks.append(PlayingMedia(playback: playback, channel: channel, remaining: Array(media.dropFirst())))
        if isFirst, !isRecording(channel) { startNextPlayback(of: channel) }
        return playback
    }

    /// Lets the channel's first playback be heard, and ends it if playbacks end at once.
    mutating func startNextPlayback(of channel: Channel.ID) {
        guard let index = playbacks.firstIndex(where: { $0.channel == channel }) else {
            if let place = leg(channel)?.continuation { goOnInDialplan(channel, at: place) }
            return
        }
        playbacks[index].playback.state = .playing
        if !playbacks[index].isSpoken { playbacks[index].isControllable = true }
        let playing = playbacks[index]
        publishPlayback("PlaybackStarted", playing)
        if missingMedia.contains(playing.playback.mediaURI) {
            endMedium(of: playing.playback.id, state: .failed)
        } else if playbacksEndAtOnce, !playing.playback.mediaURI.hasPrefix("tone:") {
            // A tone goes on until it is stopped.
            endMedium(of: playing.playback.id, state: .done)
        }
    }

    /// Ends the present medium of a playback; the next medium, or the channel's next playback, follows.
    mutating func endMedium(of id: Playback.ID, state: Playback.State) {
        guard let index = playbacks.firstIndex(where: { $0.playback.id == id }) else { return }
        let channel = playbacks[index].channel
        if let next = playbacks[index].remaining.first {
            playbacks[index].remaining.removeFirst()
            playbacks[index].playback.state = .continuing
            publishPlayback("PlaybackContinuing", playbacks[index])
            playbacks[index].playback.mediaURI = next
        } else {
            playbacks[index].playback.state = state
            let over = playbacks.remove(at: index)
            publishPlayback("PlaybackFinished", over)
        }
        startNextPlayback(of: channel)
    }

    /// Stops a playback, as far as Asterisk can (measured on 22.10.1): a sound ends the whole playback, after a tone the
    /// next medium follows, and what is spoken goes on to its end.
    mutating func stopPlayback(_ id: Playback.ID) -> ARIHTTPResponse {
        guard let index = playbacks.firstIndex(where: { $0.playback.id == id }) else { return .noContent }
        let playing = playbacks[index]
        if playing.playback.state != .queued {
            // Asterisk accepts it once something was played that can be stopped, and does nothing of it.
            if playing.isSpoken {
                return playing.isControllable ? .noContent : .refusal(500, "Could not stop playback")
            }
            if playing.playback.mediaURI.hasPrefix("tone:") {
                endMedium(of: id, state: .done)
                return .noContent
            }
        }
        playbacks[index].remaining = []
        endMedium(of: id, state: .done)
        return .noContent
    }

    /// Ends everything that a channel is played or was to be played, because it was hung up.
    private mutating func failPlaybacks(of channel: Channel.ID) {
        for var playing in playbacks where playing.channel == channel {
            if playing.playback.state == .queued { publishPlayback("PlaybackStarted", playing) }
            playing.playback.state = .failed
            publishPlayback("PlaybackFinished", playing)
        }
        playbacks.removeAll { $0.channel == channel }
    }

    private mutating func publishPlayback(_ type: String, _ playing: PlayingMedia) {
        guard let leg = leg(playing.channel), case .stasis(let application) = leg.place else { return }
        send(type, to: application, [.init("playback", json(playing.playback))])
    }

    /// Lets a channel leave Stasis. Where the dialplan has no line for it, behind `Stasis()` too, it is hung up.
    mutating func goOnInDialplan(_ id: Channel.ID, at place: DialplanPlace) {
        leaveStasis(id)
        continuations[id] = place
        change(id) { leg in
            leg.continuation = nil
            leg.channel.dialplan = Channel.Dialplan(
                context: place.context,
                exten: place.exten,
                priority: place.priority
            )
        }
        if !dialplan.contains(place) { end(id, soft: false) }
    }
}
