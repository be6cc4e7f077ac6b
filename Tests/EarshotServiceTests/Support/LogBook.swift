import EarshotService
import InMemoryLogging
import Logging

/// Keeps log lines, and tells whoever waits that there is a new one.
struct LogBook: LogHandler {
    private var memory = InMemoryLogHandler()
    private let news: AsyncStream<Void>.Continuation

    /// - Parameter news: gets an element with each line.
    init(news: AsyncStream<Void>.Continuation) {
        self.news = news
        memory.logLevel = .debug
    }

    var entries: [InMemoryLogHandler.Entry] { memory.entries }

    func log(event: LogEvent) {
        memory.log(event: event)
        news.yield()
    }

    /// There will be no more lines.
    func finish() { news.finish() }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { memory[metadataKey: key] }
        set { memory[metadataKey: key] = newValue }
    }

    var metadata: Logger.Metadata {
        get { memory.metadata }
        set { memory.metadata = newValue }
    }

    var logLevel: Logger.Level {
        get { memory.logLevel }
        set { memory.logLevel = newValue }
    }
}

extension InMemoryLogHandler.Entry {
    subscript(key: MonitorLogKey) -> String? { metadata[key.rawValue]?.description }

    /// The line as text.
    var text: String {
        let values = metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return "\(level) \(message) \(values.joined(separator: " "))"
    }
}
