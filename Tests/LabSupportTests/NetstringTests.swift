import Testing

@testable import LabSupport

struct NetstringTests {
    @Test
    func `every way of cutting a stream gives the same frames`() throws {
        let frames = ["", "a", "{\"event\":true}", String(repeating: "x", count: 300)].map { Array($0.utf8) }
        let stream = frames.flatMap(Netstring.encode)
        for cut in 0...stream.count {
            var decoder = NetstringDecoder()
            let first = try decoder.feed(stream[..<cut])
            let second = try decoder.feed(stream[cut...])
            #expect(first + second == frames, "cut at \(cut)")
        }
    }

    @Test(arguments: ["x:a,", "1:ab", ":,", "99999999999999999999:", "-1:,"])
    func `what is no netstring is refused`(stream: String) {
        var decoder = NetstringDecoder()
        #expect(throws: LabError.self) { try decoder.feed(Array(stream.utf8)) }
    }

    @Test
    func `events, answers and unknown events are told apart`() throws {
        let closed = #"{"event":true,"type":"CALL_CLOSED","class":"call","id":"1","param":"Connection reset by user"}"#
        let answer = #"{"response":true,"ok":false,"data":"no call","token":"t1"}"#
        let unknown = #"{"event":true,"type":"CALL_RTCP","rtcp_stats":{"tx":{"sent":0}}}"#
        #expect(try BaresipMessage(Array(closed.utf8)) == .event(.closed, detail: "Connection reset by user"))
        #expect(try BaresipMessage(Array(answer.utf8)) == .answer(token: "t1", isOK: false, text: "no call"))
        #expect(try BaresipMessage(Array(unknown.utf8)) == .other)
        #expect(throws: LabError.self) { try BaresipMessage(Array("nonsense".utf8)) }
    }
}
