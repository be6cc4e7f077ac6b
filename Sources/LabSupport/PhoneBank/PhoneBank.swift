/// Many cheap telephones for measuring under load: one thread, one socket for SIP, and one for each call's audio.
///
/// They call, and answer whoever calls them, without registering: the lab's `*88` calls them at ``port``. Each says its voice without end and
/// counts what is missing at its ear, see ``EarMeter``. For the moment of a packet to a fraction of a millisecond, and for keeping the audio,
/// there is ``MeasuringPhone``.
///
/// ```swift
/// let bank = try PhoneBank(server: lab.sip.port, voices: ["6001": Voice(.place), "5001": Voice(.agent)])
/// defer { bank.stop() }
/// let client = try bank.phone("6001")
/// client.listen(for: .init(voices: [Voice(.agent)]))
/// try await client.dial(bank.code(toCall: "5001"))
/// try await client.waitFor(.heard)
/// ```
package final class PhoneBank: Sendable {
    private let phones: [String: BankPhone]
    private let thread: BankThread
    /// Where all of them speak SIP (UDP, on loopback).
    package let port: UInt16

    /// - Parameters:
    ///   - server: the lab's SIP port.
    ///   - voices: the phones by the user of their From field, by which Asterisk finds the endpoint, with what they say; nil for silence.
    /// - Throws: ``LabError`` when the system has no sockets left.
    package init(server: Int, voices: [String: Voice?]) throws {
        guard let server = UInt16(exactly: server) else { throw LabError("\(server) is no port") }
        let (socket, port) = try datagramSocket()
        let exchange = BankLine.Exchange(socket: socket, port: port, server: server)
        let lines = voices.map { BankLine(user: $0.key, voice: $0.value, exchange: exchange) }
        let thread = BankThread(lines: lines, sip: socket)
        phones = Dictionary(uniqueKeysWithValues: lines.map { ($0.user, BankPhone($0, thread)) })
        self.thread = thread
        self.port = port
        thread.start()
    }

    deinit {
        thread.wish(.stop)
    }

    /// Ends the thread, without a goodbye: hang up first.
    package func stop() {
        thread.wish(.stop)
    }

    /// - Throws: ``LabError`` when the bank has no phone of that user.
    package func phone(_ user: String) throws -> BankPhone {
        guard let phone = phones[user] else { throw LabError("the bank has no phone \(user)") }
        return phone
    }

    /// What another phone dials in the lab to call one of this bank, whose user has four digits.
    package func code(toCall user: String) -> String {
        let digits = String(port)
        return "*88" + String(repeating: "0", count: 5 - digits.count) + digits + user
    }
}
