/// How much of a sender's audio was passed over without a gap, or came twice, told by the phase of ``Tone/place``.
///
/// The tone turns by 18.1 periods in a packet, so its phase says which of ten packets of the sender this is. A change counts when two packets
/// in a row agree on it: one that is cut together from two has a phase of its own. What is passed over ten packets at a time is not seen.
struct PlaceMeter {
    private static let packetsPerTurn = 10.0
    /// In packets; less than this is the same place. More than half, or a stream in between two places would go to and fro.
    private static let tolerance = 0.75

    /// In packets of 20 ms.
    private(set) var passedOver = 0
    /// In packets of 20 ms.
    private(set) var repeated = 0
    private var reference: Double?
    /// Packets since the one that gave the reference.
    private var packets = 0
    /// How many packets the sender is ahead of the reference and the count.
    private var offset = 0
    private var candidate: Int?

    /// A packet came, whether or not its phase can be used.
    mutating func count() {
        packets += 1
    }

    /// The phase of the packet that was counted last, in periods.
    mutating func receive(phase: Double) {
        guard let reference else {
            self.reference = phase
            packets = 0
            return
        }
        let ahead = Self.wrapped((phase - reference) * Self.packetsPerTurn - Double(packets + offset))
        guard abs(ahead) > Self.tolerance else {
            candidate = nil
            return
        }
        let step = Int(ahead.rounded())
        guard step == candidate else {
            candidate = step
            return
        }
        if step > 0 { passedOver += step } else { repeated -= step }
        offset += step
        candidate = nil
    }

    /// Into the turn from 4.5 packets back to 5.5 ahead: of what may be either, ahead is the one to worry about.
    private static func wrapped(_ number: Double) -> Double {
        let rest = number - packetsPerTurn * (number / packetsPerTurn).rounded(.down)
        return rest > 5.5 ? rest - packetsPerTurn : rest
    }
}
