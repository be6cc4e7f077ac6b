import ARITestSupport
import Foundation
import Testing

@testable import ARI

/// Our reader says what Foundation's `JSONDecoder` says, which shares no line with it.
struct JSONTests {
    /// Any JSON value, as both readers see it.
    private enum Value: Hashable, Decodable, JSONReadable {
        case null
        case boolean(Bool)
        case integer(Int)
        /// A number that is no `Int`.
        case number
        case text(String)
        case list([Value])
        case object([String: Value])

        init(json: JSONNode) throws(JSONProblem) {
            if json.isNull {
                self = .null
            } else if let value: Bool = try Self.read(json, "true or false") {
                self = .boolean(value)
            } else if let value: String = try Self.read(json, "a text") {
                self = .text(value)
            } else if let value: [Value] = try Self.read(json, "a list") {
                self = .list(value)
            } else if let value: [String: Value] = try Self.read(json, "an object") {
                self = .object(value)
            } else {
                self = (try? Int(json: json)).map { .integer($0) } ?? .number
            }
        }

        /// Nil if it is something else.
        private static func read<Part: JSONReadable>(_ json: JSONNode, _ words: String) throws(JSONProblem) -> Part? {
            do {
                return try Part(json: json)
            } catch {
                guard error == JSONProblem(.not(words)) else { throw error }
                return nil
            }
        }

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                self = .null
            } else if let boolean = try? value.decode(Bool.self) {
                self = .boolean(boolean)
            } else if let integer = try? value.decode(Int.self) {
                self = .integer(integer)
            } else if let text = try? value.decode(String.self) {
                self = .text(text)
            } else if (try? value.decode(Double.self)) != nil {
                self = .number
            } else if let list = try? value.decode([Value].self) {
                self = .list(list)
            } else {
                // Ours leaves out what is null.
                self = .object(try value.decode([String: Value].self).filter { $0.value != .null })
            }
        }
    }

    private func ours(_ text: [UInt8]) -> Value? { try? Value(json: JSONText(text).root) }

    private func foundations(_ text: [UInt8]) -> Value? { try? JSONDecoder().decode(Value.self, from: Data(text)) }

    @Test(arguments: [
        "null", "true", "false", "0", "-0", "12", "-7", "1.0", "1e2", "0.5", "9223372036854775807", "1E+1",
        #""""#, #""a""#, #""\"\\\/\b\f\n\r\t""#, #""\u0041\u00e9\u20ac""#, #""\ud83d\ude00""#, #""ă😀""#,
        "[]", "[ ]", "[1,[2,[]]]", "{}", "{ }", #"{"a":{"b":[null,1]},"c":"d"}"#, " \t\r\n1 \t\r\n", #"{"\u0061":1}"#,
        #"{"":1}"#, #"{"a":"}"}"#,
    ])
    func `what is JSON is read as Foundation reads it`(text: String) throws {
        let value = try #require(ours(Array(text.utf8)))
        #expect(value == foundations(Array(text.utf8)))
    }

    @Test(arguments: [
        "", " ", "nul", "nulll", "True", "01", "-", "+1", "1.", ".5", "1e", "1e+", "0x1", "1 2", "\"", "\"\\\"",
        #""\x""#,
        #""\u12""#, #""\ud83d""#, #""\ude00""#, #""\ud83d\u0041""#, "\"\u{1}\"", "[", "[1", "[1,", "[1,]", "[,1]", "]",
        "{",
        "{1:2}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":1"#, #"{"a" 1}"#, "}", "[}", "{]", "\u{FEFF}1", "\u{0}",
        "//\n1",
        "'a'",
    ])
    func `what is no JSON is refused`(text: String) {
        #expect(ours(Array(text.utf8)) == nil)
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0x5C, 0xFF, 0x22],
    ])
    func `a text that is not UTF-8 is refused`(text: [UInt8]) {
        #expect(ours(text) == nil)
    }

    @Test func `nesting has an end`() {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect((try? JSONText(nested(JSONText.deepest))) != nil)
        #expect((try? JSONText(nested(JSONText.deepest + 1))) == nil)
    }

    @Test func `of two members with the same name both readers take the same one`() throws {
        let text = Array(#"{"a":1,"b":2,"a":3}"#.utf8)
        #expect(try JSONText(text).root.read("a") == 1)
        #expect(ours(text) == .object(["a": .integer(1), "b": .integer(2)]))
        #expect(foundations(text) == ours(text))
    }

    @Test func `every recording is read as Foundation reads it`() throws {
        let names = [
            "application", "bridge", "channel", "endpoint", "info", "modules", "pjsip-channel", "pjsip-endpoint",
            "playback",
            "snoop",
        ]
        for text in try Recording.events() + names.map({ try Recording.bytes("\($0).json") }) {
            let value = try #require(ours(text))
            #expect(value == foundations(text))
        }
    }

    /// Foundation takes a comma before a closing bracket, which is no JSON.
    private static func hasNeedlessComma(_ text: [UInt8]) -> Bool {
        let bytes = text.filter { $0 != 0x20 && $0 != 0x0A }
        return zip(bytes, bytes.dropFirst()).contains { first, second in
            first == UInt8(ascii: ",") && (second == UInt8(ascii: "]") || second == UInt8(ascii: "}"))
        }
    }

    @Test func `whatever is changed, both say the same`() throws {
        let seeds =
            try Recording.events()
            + [
                #"{"a":[1,-2.5,true,false,null,"x\"y\\z\u0041\ud83d\ude00ă"],"b":{"c":{},"d":[]}}"#,
                "[1.0,-0,12345678901]",
            ].map { Array($0.utf8) }
        let bytes = Array(#"[]{}":,\/ aubfnrtsl0129.-+"#.utf8) + [0, 0x0A, 0x1F, 0x7F, 0x80, 0xC4, 0xE2, 0xF0, 0xFF]
        var random = SplitMix64(seed: 1)
        var (isRead, isRefused) = (0, 0)
        for _ in 0..<20_000 {
            var text = seeds[random.below(seeds.count)]
            for _ in 0...random.below(3) {
                let index = random.below(text.count)
                switch random.below(3) {
                case 0: text[index] = bytes[random.below(bytes.count)]
                case 1: text.insert(bytes[random.below(bytes.count)], at: index)
                default: text.remove(at: index)
                }
            }
            let value = ours(text)
            if value == nil { isRefused += 1 } else { isRead += 1 }
            guard value != nil || !Self.hasNeedlessComma(text) else { continue }
            #expect(value == foundations(text), "\(String(decoding: text, as: UTF8.self))")
        }
        #expect(isRead > 1_000 && isRefused > 1_000)
    }

    @Test(arguments: [
        (#"{"a":{"b":[{"c":1},{}]}}"#, "field a.b[1].c is missing"),
        (#"{"a":{"b":[{"c":"1"}]}}"#, "field a.b[0].c is not a number"),
        (#"{"a":{"b":{}}}"#, "field a.b is not a list"), (#"{"a":null}"#, "field a is null"),
        ("7", "field at the top is not an object"),
        (#"{"a":{"b":[{"c":1.5}]}}"#, "field a.b[0].c is not valid"), ("{", "the text is not JSON"),
    ])
    func `a problem names its field`(text: String, problem: String) {
        struct C: JSONReadable {
            let c: Int
            init(json: JSONNode) throws(JSONProblem) { c = try json.read("c") }
        }
        struct B: JSONReadable {
            let b: [C]
            init(json: JSONNode) throws(JSONProblem) { b = try json.read("b") }
        }
        let error = #expect(throws: JSONProblem.self) {
            let _: B = try JSONText(Array(text.utf8)).root.read("a")
        }
        #expect(error?.description == problem)
    }

    @Test func `a member that is null is as good as none where it may be missing`() throws {
        let root = try JSONText(Array(#"{"a":null}"#.utf8)).root
        let (null, missing): (Int?, Int?) = (try root.readIfPresent("a"), try root.readIfPresent("b"))
        #expect(null == nil && missing == nil)
    }
}
