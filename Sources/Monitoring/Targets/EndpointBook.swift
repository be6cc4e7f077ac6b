/// Which endpoints an extension has: those that the directory names for it, or else those of the templates.
package struct EndpointBook: Hashable, Sendable {
    /// How an extension's endpoints are named, the preferred one first.
    package var templates: [EndpointTemplate]
    /// The endpoints of extensions that have others, the preferred one first.
    package private(set) var named: [Extension: [EndpointName]]
    private var owners: [EndpointName: Extension]

    package init(templates: [EndpointTemplate] = [.standard], named: [Extension: [EndpointName]] = [:]) {
        self.templates = templates
        self.named = named
        owners = [:]
        for (owner, endpoints) in named {
            for endpoint in endpoints { owners[endpoint.normalized] = owner }
        }
    }

    /// The endpoints that an extension has or could have, the preferred one first.
    package func endpoints(of owner: Extension) -> [EndpointName] {
        named[owner] ?? templates.map { $0.endpoint(of: owner) }
    }

    /// Whose endpoint it is; nil when neither a name nor a template tells.
    package func owner(of endpoint: EndpointName) -> Extension? {
        let endpoint = endpoint.normalized
        if let owner = owners[endpoint] { return owner }
        return templates.lazy.compactMap { $0.owner(of: endpoint) }.first { named[$0] == nil }
    }
}
