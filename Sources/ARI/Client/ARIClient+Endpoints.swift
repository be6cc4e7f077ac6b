extension ARIClient {
    /// All endpoints of this Asterisk, except those that cannot be read.
    package func endpoints() async throws -> [Endpoint] {
        let entries: [ListEntry<Endpoint>] = try await send(ARIOperation.listEndpoints.request(timeout: timeout))
        return entries.compactMap(\.value)
    }

    /// An endpoint and its channels. The resource is matched by equality: `10` is never `101`.
    ///
    /// - Throws: `notFound` if there is no such endpoint.
    package func endpoint(technology: String, resource: String) async throws -> Endpoint {
        try await send(ARIOperation.getEndpoint.request(technology, resource, timeout: timeout))
    }

    /// What a PJSIP endpoint is configured with, whatever a channel of it carries. Each `set_var` is an attribute with the
    /// variable's own name (`res/res_pjsip/pjsip_configuration.c`; measured on 22.10.1).
    ///
    /// - Throws: `notFound` if there is no such endpoint, `notARI` without the module `res_ari_asterisk`.
    package func configuration(ofPJSIPEndpoint resource: String) async throws -> [ConfigurationAttribute] {
        try await send(ARIOperation.getObject.request("res_pjsip", "endpoint", resource, timeout: timeout))
    }
}

/// One line of an object in Asterisk's configuration (`ConfigTuple` in ARI's description).
package struct ConfigurationAttribute: Sendable, Hashable {
    package let attribute: String
    package let value: String

    package init(attribute: String, value: String) {
        self.attribute = attribute
        self.value = value
    }
}

extension ConfigurationAttribute: JSONReadable {
    init(json: JSONNode) throws(JSONProblem) {
        attribute = try json.read("attribute")
        value = try json.read("value")
    }
}
