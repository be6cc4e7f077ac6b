/// Comparing secrets.
package enum ConstantTime {
    /// Whether both are the same. It takes as long wherever they differ, so that nobody can find a secret out byte by byte.
    package static func areSame(_ one: some Collection<UInt8>, _ other: some Collection<UInt8>) -> Bool {
        one.count == other.count && zip(one, other).reduce(into: UInt8(0)) { $0 |= $1.0 ^ $1.1 } == 0
    }
}
