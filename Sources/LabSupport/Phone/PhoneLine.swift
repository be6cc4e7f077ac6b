import Foundation
import Glibc

/// A piece of what a phone received.
struct HeardPiece: Sendable {
    let samples: [Int16]
    /// Number of samples received before this piece.
    let start: Int
    /// When it was found in the recording, at most 20 ms after its packet arrived.
    let at: ContinuousClock.Instant

    var end: Int { start + samples.count }
}

/// A running baresip and the thread that listens to it: to its control connection, and every 20 ms to its recordings.
final class PhoneLine: Sendable {
    /// How often the recordings are looked at, in milliseconds: the length of a packet.
    private static let tick: Int32 = 20

    let process: GuardedProcess
    let events = Journal<PhoneEvent>()
    let answers = Journal<(token: String, isOK: Bool, text: String)>()
    let heard = Journal<HeardPiece>()
    private let control: Descriptor

    init(process: GuardedProcess, control: Descriptor) {
        self.process = process
        self.control = control
    }

    func send(_ bytes: [UInt8]) throws {
        try writeAll(bytes, to: control)
    }

    /// Starts the thread, which runs until the control connection ends. It holds the line, and so the process, until then.
    func start() {
        let thread = Thread { [self] in
            var decoder = NetstringDecoder()
            var recordings = GrowingRecordings(folder: process.folder)
            var sent = SentRecordings(folder: process.folder)
            while true {
                sent.prevent()
                var poll = pollfd(fd: control.number, events: Int16(POLLIN), revents: 0)
                let ready = Glibc.poll(&poll, 1, Self.tick)
                let bytes = ready > 0 ? readSome(from: control) : nil
                take(recordings.read())
                do {
                    for payload in try decoder.feed(bytes ?? []) { take(try BaresipMessage(payload)) }
                } catch {
                    return finish(LabError("\(error)"))
                }
                if bytes == [] { return finish(LabError("the phone's process has ended")) }
                tick()
            }
        }
        thread.name = "phone"
        thread.start()
    }

    /// Ends the process and everything of it. Safe to call twice, and from any thread.
    func end() {
        shutdown(control.number, Int32(SHUT_RDWR))
        process.end()
    }

    private func take(_ message: BaresipMessage) {
        switch message {
        case .event(let name, let detail): events.append(PhoneEvent(name: name, detail: detail, at: .now))
        case .answer(let token, let isOK, let text): answers.append((token, isOK, text))
        case .other: break
        }
    }

    private func take(_ samples: [Int16]) {
        guard !samples.isEmpty else { return }
        heard.append(HeardPiece(samples: samples, start: heard.last?.end ?? 0, at: .now))
    }

    private func tick() {
        let now = ContinuousClock.now
        events.tick(at: now)
        answers.tick(at: now)
        heard.tick(at: now)
    }

    private func finish(_ reason: LabError) {
        events.finish(reason)
        answers.finish(reason)
        heard.finish(reason)
    }
}
