import Foundation

/// The files that a headless baresip of its own is made of.
///
/// Written for 1.0.0 (Debian 12) and 1.1.0 (Debian 13). `net_interface` keeps SIP and RTP on loopback; `audio_alert` is read at a ring and
/// must name something that plays; the recordings go to the same folder. There is no jitter buffer (the first
/// name of the setting is 1.0.0's): it would hold the first 100 ms back, and again whenever Asterisk changes the stream (SSRC), as it does
/// when a snoop comes or goes.
struct BaresipConfiguration {
    let settings: PhoneSettings
    let folder: String
    let sipPort: UInt16
    let controlPort: UInt16

    /// Folders in which distributions put baresip's modules.
    private static let moduleFolders = [
        "/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules",
        "/usr/lib/aarch64-linux-gnu/baresip/modules",
        "/usr/lib64/baresip/modules", "/usr/local/lib/baresip/modules",
    ]

    /// Writes `config` and the audio, and an empty `accounts` and `contacts`: else baresip writes examples.
    ///
    /// - Throws: ``LabError`` when baresip is not installed or the folder cannot be written.
    func write() throws {
        guard
            let modules = Self.moduleFolders.first(where: {
                FileManager.default.fileExists(atPath: $0 + "/ctrl_tcp.so")
            })
        else {
            throw LabError("baresip's modules were not found; install the package baresip-core, or run scripts/setup")
        }
        try WAVFile.write(
            settings.tone,
            seconds: settings.secondsOfAudio,
            rate: settings.sampleRate,
            to: folder + "/voice.wav"
        )
        try write(config(modules: modules), to: "config")
        try write("", to: "accounts")
        try write("", to: "contacts")
        var sent = SentRecordings(folder: folder)
        sent.prevent()
    }

    /// The account, for baresip's command `uanew`. It is not in the file `accounts`, because a phone registers as soon as it has read that one,
    /// maybe before anybody can hear of it.
    var account: String {
        var account = "<sip:\(settings.user)@127.0.0.1:\(sipPort)>;regint=0"
        if let registrar = settings.registrar {
            account =
                "<sip:\(settings.user)@\(registrar.host):\(registrar.port)>;auth_pass=\(registrar.password);regint=120"
        }
        let answerMode =
            switch settings.answering {
            case .automatic: "auto"
            case .manual: "manual"
            }
        let codecs = settings.codecs.map(\.rawValue).joined(separator: ",")
        return account + ";audio_codecs=\(codecs);dtmfmode=rtpevent;answermode=\(answerMode)"
    }

    /// Without a jitter buffer: on loopback nothing needs one, and baresip 1.0's sometimes takes every packet of a call for a late one.
    private func config(modules: String) -> String {
        """
        poll_method epoll
        sip_listen 127.0.0.1:\(sipPort)
        net_interface 127.0.0.1
        call_local_timeout 120
        call_max_calls 4
        audio_source aufile,\(folder)/voice.wav
        audio_alert aufile,/dev/null
        audio_level no
        ausrc_srate \(settings.sampleRate)
        auplay_srate 8000
        ausrc_channels 1
        auplay_channels 1
        audio_buffer 20-160
        jitter_buffer_delay 0-0
        audio_jitter_buffer_type off
        audio_jitter_buffer_delay 0-0
        rtp_ports 20000-29999
        statmode_default off
        module_path \(modules)
        module g711.so
        module g722.so
        module aufile.so
        module sndfile.so
        module_tmp account.so
        module_app menu.so
        module_app ctrl_tcp.so
        ctrl_tcp_listen 127.0.0.1:\(controlPort)
        snd_path \(folder)

        """
    }

    private func write(_ text: String, to file: String) throws {
        let path = folder + "/" + file
        guard
            FileManager.default.createFile(
                atPath: path,
                contents: Data(text.utf8),
                attributes: [.posixPermissions: 0o600]
            )
        else {
            throw LabError("cannot write \(path)")
        }
    }
}
