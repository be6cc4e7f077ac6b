/// Gaps in what the sender wrote on its packets.
struct NumberMeter {
    /// Packets that were numbered and did not arrive. On loopback the receiver has lost them: what is measured then is not the sender.
    private(set) var lost = 0
    /// Samples that the sender's time stamps pass over, without those of packets that were lost.
    private(set) var samplesPassedOver = 0
    private var last: RTPPacket?

    /// A new stream (SSRC) begins anew; what comes twice or out of order counts as nothing.
    mutating func receive(_ packet: RTPPacket) {
        guard let last, last.source == packet.source else {
            self.last = packet
            return
        }
        let steps = Int(Int16(bitPattern: packet.sequence &- last.sequence))
        guard steps > 0 else { return }
        lost += steps - 1
        let samples = Int(Int32(bitPattern: packet.timestamp &- last.timestamp))
        samplesPassedOver += max(0, samples - steps * RTPSender.samplesPerPacket)
        self.last = packet
    }
}
