/// How much audio did not come, by the clock: whatever the packets' numbers say, 20 ms are due every 20 ms.
///
/// A packet's lateness is how much later it came than if all since the first had come on time. Jitter raises it for a while, and audio that never
/// came raises it for good. So what counts is the least lateness of a second's packets, compared with that of the second before: what it
/// rises by, in whole packets, is missing. What rises and falls by less than half a packet is the machine's.
struct ArrivalMeter {
    private static let packetTime = Duration.milliseconds(20)
    /// Packets whose least lateness is compared.
    private static let packetsCompared = 50
    /// Fewer at the end of a span say nothing.
    private static let fewestPackets = 10
    /// Longer than this without a packet at the beginning or the end of a span is missing audio.
    private static let patience = Duration.milliseconds(100)

    private let start: ContinuousClock.Instant
    private var first: ContinuousClock.Instant?
    private var last: ContinuousClock.Instant?
    private var pause = Duration.zero
    private var missing = 0
    private var usual: Duration?
    private var least: Duration?
    private(set) var count = 0

    /// - Parameter start: when audio began to be due.
    init(from start: ContinuousClock.Instant) {
        self.start = start
    }

    mutating func receive(at time: ContinuousClock.Instant) {
        let lateness = (time - (first ?? time)) - Self.packetTime * count
        pause = max(pause, time - (last ?? time))
        first = first ?? time
        last = time
        least = least.map { min($0, lateness) } ?? lateness
        count += 1
        guard count.isMultiple(of: Self.packetsCompared) else { return }
        missing += newlyMissing
        usual = least
        least = nil
    }

    /// By how many packets the least lateness has risen; never negative: what came twice makes up for nothing.
    private var newlyMissing: Int {
        guard let usual, let least else { return 0 }
        return max(0, Int(((least - usual) / Self.packetTime).rounded()))
    }

    /// How much has not come from the start to `end`.
    func missing(until end: ContinuousClock.Instant) -> Duration {
        guard let first, let last else { return end - start }
        let isEnough = count % Self.packetsCompared >= Self.fewestPackets
        return Self.packetTime * (missing + (isEnough ? newlyMissing : 0))
            + Self.edge(first - start) + Self.edge(end - last)
    }

    /// The longest time without a packet from the start to `end`; 20 ms or a little more when nothing is missing.
    func longestPause(until end: ContinuousClock.Instant) -> Duration {
        guard let first, let last else { return end - start }
        return max(pause, first - start, end - last)
    }

    private static func edge(_ wait: Duration) -> Duration {
        wait > patience ? wait - packetTime : .zero
    }
}
