import ARI

/// Variables and dialplan functions.
extension AsteriskWorld {
    mutating func readVariable(_ call: RequestCall) -> ARIHTTPResponse {
        guard let name = call["variable"], !name.isEmpty else { return .refusal(400, "Variable name is required") }
        guard let leg = legs.called(call.first) else {
            noteMissing(Channel.ID(call.first), call.operation)
            return .refusal(404, "Provided channel was not found")
        }
        let value = existence(name) ?? evaluation(name, leg) ?? value(of: name, leg)
        if value == nil, name.hasSuffix(")") { return .refusal(500, "Unable to read provided function") }
        guard let value else { return .refusal(404, "Provided variable was not found") }
        return .success(["value": .string(value)])
    }

    /// A channel's own variable, or the global one of that name, or one of the functions that tell of the channel.
    private func value(of name: String, _ leg: Leg) -> String? {
        switch name {
        case "CHANNEL(name)": leg.channel.name
        case "CHANNEL(uniqueid)": leg.channel.id.rawValue
        case "CHANNEL(state)": leg.channel.state.rawValue
        case "FILTER(0-9A-Za-z+*#._,${CALLERID(num)})":
            leg.channel.caller.number.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "+*#._".contains($0)) }
        default: leg.variables[name] ?? globalVariables[name]
        }
    }

    /// The value of `EVAL(…)`: its argument with each `${…}` replaced once; nil for any other name.
    private func evaluation(_ name: String, _ leg: Leg) -> String? {
        guard name.hasPrefix("EVAL("), name.hasSuffix(")") else { return nil }
        var rest = name.dropFirst("EVAL(".count).dropLast()
        var text = ""
        while let begin = rest.firstRange(of: "${") {
            text += rest[..<begin.lowerBound]
            rest = rest[begin.upperBound...]
            guard let end = Self.end(of: rest) else { return nil }
            text += value(of: String(rest[..<end]), leg) ?? ""
            rest = rest[rest.index(after: end)...]
        }
        return text + rest
    }

    /// The brace that ends an expression; others may be in it.
    private static func end(of expression: Substring) -> Substring.Index? {
        var depth = 1
        return expression.indices.first { index in
            switch expression[index] {
            case "{": depth += 1
            case "}": depth -= 1
            default: break
            }
            return depth == 0
        }
    }

    /// The value of the dialplan function `DIALPLAN_EXISTS(context[,exten[,priority]])`; nil for any other name.
    private func existence(_ name: String) -> String? {
        guard name.hasPrefix("DIALPLAN_EXISTS("), name.hasSuffix(")") else { return nil }
        let arguments = name.dropFirst("DIALPLAN_EXISTS(".count).dropLast().split(separator: ",")
        guard !arguments.isEmpty else { return nil }
        let found = dialplan.contains { place in
            let parts = [place.context, place.exten, String(place.priority)]
            return zip(arguments, parts).allSatisfy { $0 == $1 }
        }
        return found ? "1" : "0"
    }

    /// What an endpoint is configured with: each `set_var` under its own name.
    func describeObject(_ call: RequestCall) -> ARIHTTPResponse {
        guard call.arguments.first == "res_pjsip", call.second == "endpoint", let id = call.arguments.last,
            endpoint("PJSIP", id) != nil
        else { return .refusal(404, "Object with id '\(call.arguments.last ?? "")' not found") }
        let own = endpointVariables[id, default: [:]].sorted { $0.key < $1.key }
        let variables = own.isEmpty ? [(key: "set_var", value: "")] : own
        return .success(
            .array(
                ([(key: "context", value: "lab")] + variables).map {
                    ["attribute": .string($0.key), "value": .string($0.value)]
                }
            )
        )
    }
}
