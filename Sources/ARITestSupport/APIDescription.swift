package import ARI
import FoundationEssentials

/// Asterisk's own description of a part of ARI, as it is served under `/ari/api-docs/<resource>.json`.
package struct APIDescription: Sendable, Decodable {
    private var apis: [Path]

    private struct Path: Sendable, Decodable {
        var path: String
        var operations: [Operation]
    }

    private struct Operation: Sendable, Decodable {
        var httpMethod: String
        var nickname: String
        var parameters: [Parameter]?
    }

    private struct Parameter: Sendable, Decodable {
        var name: String
        var paramType: String
    }

    /// Reads a description.
    package init(json: [UInt8]) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(json))
    }

    /// What of an operation does not exist here, in words; empty if all of it does.
    package func differences(from operation: ARIOperation) -> [String] {
        let found = apis.lazy.filter { $0.path == operation.path }.flatMap(\.operations)
            .first { $0.nickname == operation.nickname }
        guard let found else { return ["\(operation.name): \(operation.path) has no such operation"] }
        var differences: [String] = []
        if found.httpMethod != operation.method.rawValue {
            differences.append("\(operation.name): is \(found.httpMethod), not \(operation.method.rawValue)")
        }
        let known = Set((found.parameters ?? []).filter { $0.paramType == "query" }.map(\.name))
        for parameter in operation.parameters where !known.contains(parameter) {
            differences.append("\(operation.name): has no parameter \(parameter)")
        }
        return differences
    }

    /// What of all operations that the ARI module uses does not exist in an Asterisk.
    ///
    /// - Parameter load: gives the description of a resource, such as `channels`.
    package static func differences(
        of operations: [ARIOperation] = ARIOperation.all,
        load: (String) async throws -> [UInt8]
    ) async throws -> [String] {
        var differences: [String] = []
        for resource in Set(operations.map(\.resource)).sorted() {
            let description = try APIDescription(json: try await load(resource))
            for operation in operations where operation.resource == resource {
                differences += description.differences(from: operation)
            }
        }
        return differences
    }
}
