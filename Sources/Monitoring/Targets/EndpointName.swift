/// An endpoint of Asterisk: a technology and the name of a device in it, written `PJSIP/203`.
package struct EndpointName: Hashable, Sendable, CustomStringConvertible {
    package let technology: String
    package let resource: String

    package init(technology: String, resource: String) {
        self.technology = technology
        self.resource = resource
    }

    /// Reads a name as ``description`` writes it; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        self.init(technology: String(parts[0]), resource: String(parts[1]))
    }

    /// The endpoint that a channel belongs to, taken from the channel's name: `PJSIP/203-0000001a` belongs to `PJSIP/203`.
    ///
    /// The part after the last dash is a number that Asterisk adds, so that a device's own dashes survive. Nil for a name
    /// of another form.
    package init?(channelName: String) {
        guard let slash = channelName.firstIndex(of: "/"),
            let dash = channelName.lastIndex(of: "-"),
            slash > channelName.startIndex,
            dash > channelName.index(after: slash)
        else { return nil }
        self.technology = String(channelName[..<slash])
        self.resource = String(channelName[channelName.index(after: slash)..<dash])
    }

    package var description: String { "\(technology)/\(resource)" }

    /// Technologies do not differ by case, resources do.
    package var normalized: EndpointName { EndpointName(technology: technology.uppercased(), resource: resource) }
}

/// How an extension's devices are named: `PJSIP/{extension}`.
package struct EndpointTemplate: Hashable, Sendable, CustomStringConvertible {
    private let technology: String
    private let resourcePrefix: String
    private let resourceSuffix: String

    /// `PJSIP/{extension}`.
    package static let standard = EndpointTemplate(technology: "PJSIP", resourcePrefix: "", resourceSuffix: "")

    /// Reads a template such as `PJSIP/{extension}-softphone`. Nil unless it has a technology and `{extension}` exactly once.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[0].contains("{") else { return nil }
        let around = parts[1].split(separator: Self.placeholder, omittingEmptySubsequences: false)
        guard around.count == 2 else { return nil }
        self.init(
            technology: parts[0].uppercased(),
            resourcePrefix: String(around[0]),
            resourceSuffix: String(around[1])
        )
    }

    private init(technology: String, resourcePrefix: String, resourceSuffix: String) {
        self.technology = technology
        self.resourcePrefix = resourcePrefix
        self.resourceSuffix = resourceSuffix
    }

    package func endpoint(of target: Extension) -> EndpointName {
        EndpointName(technology: technology, resource: resourcePrefix + target.digits + resourceSuffix)
    }

    /// Whose endpoint it is, if the template made its name.
    package func owner(of endpoint: EndpointName) -> Extension? {
        guard endpoint.technology == technology, endpoint.resource.hasPrefix(resourcePrefix),
            endpoint.resource.hasSuffix(resourceSuffix)
        else { return nil }
        let rest = endpoint.resource.dropFirst(resourcePrefix.count)
        guard rest.count > resourceSuffix.count else { return nil }
        return try? Extension(rest.dropLast(resourceSuffix.count))
    }

    package var description: String { "\(technology)/\(resourcePrefix)\(Self.placeholder)\(resourceSuffix)" }

    private static let placeholder = "{extension}"
}
