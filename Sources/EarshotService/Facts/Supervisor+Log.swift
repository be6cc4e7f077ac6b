package import Monitoring

extension Supervisor {
    /// Whose call it is, for logs: the endpoint's resource, such as `203`. What other channels are named after can be an
    /// outside number: the dialled extension of a Local channel, for example.
    package var name: String {
        guard let endpoint, !Self.namedByNumbers.contains(endpoint.technology.uppercased()) else { return "unknown" }
        return endpoint.resource
    }

    /// What was dialled, unless it is longer than a code with an extension of six digits: then it may hold an outside number,
    /// of which the first three characters tell enough.
    var dialledForLogs: String { dialled.count <= 9 ? dialled : dialled.prefix(3) + "…" }

    /// Technologies whose channels have no endpoint in their name.
    private static let namedByNumbers: Set<String> = ["LOCAL", "DAHDI", "MOTIF", "MOBILE", "UNICASTRTP"]
}
