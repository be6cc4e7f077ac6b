/// What is wrong with the configuration: which key, where it was read, why, and what to do.
struct ConfigurationProblem: Error, Equatable, CustomStringConvertible {
    /// The key, as it is written where it was read; nil when the file as a whole is concerned.
    var key: String?
    /// `environment`, or the path of the file.
    var source: String
    var reason: String

    var description: String {
        key.map { "\($0) (\(source)): \(reason)" } ?? "\(source): \(reason)"
    }
}
