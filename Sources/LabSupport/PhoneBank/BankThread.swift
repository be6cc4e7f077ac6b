import Foundation
import Glibc
import Locking

/// The one thread of a bank of phones: it looks at everything every two milliseconds.
///
/// A thread and a wake-up for each packet of each phone would cost more than what is done with the packet.
// Safe because what other threads touch (`wishes`) is in a locked box; the rest of the mutable state belongs to the thread.
final class BankThread: @unchecked Sendable {
    enum Wish: Sendable {
        case dial(BankLine, String)
        case hangUp(BankLine)
        case press(BankLine, String)
        case stop
    }

    /// How late a packet is noticed at worst, and sent.
    private static let beat = Duration.milliseconds(2)
    /// How often waits whose time is over are looked for.
    private static let beatsPerTick: UInt = 10

    let lines: [BankLine]
    private let sip: Descriptor
    private let wishes = LockedBox<[Wish]>([])

    // The thread's own.
    private let byUser: [String: BankLine]
    private var byCall: [String: BankLine] = [:]

    init(lines: [BankLine], sip: Descriptor) {
        self.lines = lines
        self.sip = sip
        byUser = Dictionary(lines.map { ($0.user, $0) }) { first, _ in first }
    }

    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "bank of phones"
        thread.start()
    }

    func wish(_ wish: Wish) {
        wishes.withLock { $0.append(wish) }
    }

    // MARK: - The thread

    private func run() {
        var next = ContinuousClock.now
        var beats: UInt = 0
        while true {
            receiveAudio()
            receiveSIP()
            guard fulfilWishes() else { return }
            let now = ContinuousClock.now
            for line in lines { line.keepTime(now) }
            beats &+= 1
            if beats.isMultiple(of: Self.beatsPerTick) { for line in lines { line.events.tick(at: now) } }
            next = max(next + Self.beat, now)
            let left = (next - ContinuousClock.now) / .microseconds(1)
            if left > 0 { usleep(UInt32(left)) }
        }
    }

    private func receiveAudio() {
        // A phone without a call has a negative descriptor, which poll passes over.
        var polls = lines.map { pollfd(fd: $0.audio?.number ?? -1, events: Int16(POLLIN), revents: 0) }
        guard poll(&polls, nfds_t(polls.count), 0) > 0 else { return }
        for (line, waiting) in zip(lines, polls) where waiting.revents != 0 { line.receiveAudio() }
    }

    private func receiveSIP() {
        while let datagram = readDatagram(from: sip) {
            guard let message = SIPMessage(datagram), let callID = message.field("Call-ID") else { continue }
            if let line = byCall[callID] {
                line.received(message)
            } else if case .request("INVITE", let uri) = message.start, let line = byUser[AnsweredCall.user(in: uri)] {
                changeCall(of: line) { line.answer(message) }
            }
        }
    }

    /// - Returns: false when the thread is to end.
    private func fulfilWishes() -> Bool {
        let taken = wishes.withLock { wishes in
            defer { wishes = [] }
            return wishes
        }
        for wish in taken {
            switch wish {
            case .dial(let line, let target): changeCall(of: line) { line.dial(target) }
            case .hangUp(let line): line.hangUp()
            case .press(let line, let keys): line.press(keys)
            case .stop:
                for line in lines { line.events.finish(LabError("the bank was stopped")) }
                return false
            }
        }
        return true
    }

    /// Keeps the table of calls. A call that is over stays in it until its phone has another one: its last messages may come twice.
    private func changeCall(of line: BankLine, _ change: () -> Void) {
        if let old = line.callID { byCall[old] = nil }
        change()
        if let new = line.callID { byCall[new] = line }
    }
}
