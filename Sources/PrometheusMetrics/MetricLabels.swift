/// The labels of one series, checked: which they are, and how they are written.
struct MetricLabels: Hashable, Sendable {
    /// More than this is no label.
    static let longestValue = 128

    /// Such as `mode="listen",reason="no_permission"`; empty for none. In the order of names, so that the order in which they
    /// were given makes no difference.
    let text: String

    /// - Returns: nil for labels that Prometheus does not take, or that would be a burden for it.
    init?(_ labels: [(String, String)]) {
        guard Set(labels.map { $0.0 }).count == labels.count else { return nil }
        for (name, value) in labels {
            guard ExpositionText.isLabelName(name), value.utf8.count <= Self.longestValue else { return nil }
        }
        text = labels.sorted { $0.0 < $1.0 }
            .map { "\($0.0)=\"\(ExpositionText.escapedValue($0.1))\"" }
            .joined(separator: ",")
    }

    /// In braces, with one more; nothing for none.
    func inBraces(_ more: String? = nil) -> String {
        let all = [text, more ?? ""].filter { !$0.isEmpty }.joined(separator: ",")
        return all.isEmpty ? "" : "{\(all)}"
    }
}
