import Foundation

/// Attended transfers.
extension Lab {
    /// A variable or dialplan function of a channel; nil if it has none.
    package func variable(_ name: String, of channel: Channel) async throws -> String? {
        let allowed = CharacterSet.alphanumerics
        let query = name.addingPercentEncoding(withAllowedCharacters: allowed) ?? name
        let (status, body) = try await request("GET", "/channels/\(channel.id)/variable?variable=\(query)")
        guard status == 200 else { return nil }
        struct Answer: Decodable { var value: String }
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(body.utf8)).value
        } catch {
            throw LabError("\(name) of \(channel.name) is answered by what we cannot read: \(body)")
        }
    }

    /// The only channel of an extension's endpoint.
    ///
    /// - Parameter others: channels that do not count.
    /// - Throws: ``LabError`` when there is none, or more than one.
    package func channel(of extension: String, besides others: [Channel] = []) async throws -> Channel {
        let found = try await channels().filter { channel in
            channel.endpoint == `extension` && !others.contains { $0.id == channel.id }
        }
        guard found.count == 1 else {
            throw LabError("\(`extension`) has \(found.count) channels: \(found.map(\.name))")
        }
        return found[0]
    }

    /// Lets a phone with two calls hand the party of its present call over to where its other channel is: REFER with
    /// Replaces (RFC 3891).
    ///
    /// - Parameter other: the phone's channel in the other call, which ends.
    package func completeTransfer(by phone: Phone, toPlaceOf other: Channel) async throws {
        var dialog: [String] = []
        for field in ["call-id", "local_tag", "remote_tag"] {
            guard let value = try await variable("CHANNEL(pjsip,\(field))", of: other) else {
                throw LabError("\(other.name) has no \(field)")
            }
            dialog.append(value)
        }
        // The tags as the one sees them who is asked to replace: its own first.
        let replaces = "\(dialog[0]);to-tag=\(dialog[1]);from-tag=\(dialog[2])"
        let encoded = replaces.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? replaces
        try await phone.transfer(toAddress: "sip:replaced@\(sip.host):\(sip.port)?Replaces=\(encoded)")
    }
}
