import Monitoring

// Literals make dialogues readable; production code never makes an ID from a literal.
extension ChannelID: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(value) }
}
extension ChannelName: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(value) }
}
extension BridgeID: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(value) }
}
extension PlaybackID: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(value) }
}
extension Extension: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) {
        guard let target = try? Extension(value) else { fatalError("\(value) is no extension: a mistake in the test") }
        self = target
    }
}
