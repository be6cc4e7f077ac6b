import Foundation
import Testing

@testable import LabSupport

struct WAVFileTests {
    private let folder: String

    init() throws {
        folder = try makeTemporaryFolder()
    }

    private func remove() {
        try? FileManager.default.removeItem(atPath: folder)
    }

    @Test
    func `what is written is read as the same`() throws {
        defer { remove() }
        try WAVFile.write(.name, seconds: 2, to: folder + "/a.wav")
        let samples = try WAVFile.read(folder + "/a.wav")
        #expect(samples.count == 16_000)
        #expect(Heard(samples: samples, duration: .seconds(2)).hears(.name))
    }

    @Test
    func `audio of 16 kHz becomes that of 8 kHz, and its tone stays`() throws {
        defer { remove() }
        try WAVFile.write(.secondSupervisor, seconds: 1, rate: 16_000, to: folder + "/a.wav")
        let read = try WAVFile.read(folder + "/a.wav")
        #expect(read.count == 8_000)
        #expect(abs(ToneMeter.level(of: .secondSupervisor, in: read) + 10) < 1)
    }

    @Test
    func `a file that is still written to is no recording yet`() throws {
        defer { remove() }
        for (announced, present) in [(0, 0), (0, 320), (640, 320)] {
            let file = WAVFile.header(dataLength: announced) + Data(repeating: 0, count: present)
            try file.write(to: URL(fileURLWithPath: folder + "/a.wav"))
            #expect(throws: LabError.self) { try WAVFile.read(folder + "/a.wav") }
        }
        #expect(throws: LabError.self) { try WAVFile.read(folder + "/b.wav") }
    }

    @Test
    func `what is no header of a telephone has no rate`() {
        let header = Array(WAVFile.header(dataLength: 0))
        #expect(WAVFile.sampleRate(inHeader: header) == 8_000)
        #expect(WAVFile.sampleRate(inHeader: Array(WAVFile.header(dataLength: 0, rate: 16_000))) == 16_000)
        #expect(WAVFile.sampleRate(inHeader: header.dropLast()) == nil)
        for place in [0, 9, 22, 25, 34] {
            var broken = header
            broken[place] = 9
            #expect(WAVFile.sampleRate(inHeader: broken) == nil, "byte \(place)")
        }
    }

    @Test
    func `a growing file of 16 kHz is read in pairs of samples`() throws {
        defer { remove() }
        var recordings = GrowingRecordings(folder: folder)
        try WAVFile.header(dataLength: 0, rate: 16_000).write(to: URL(fileURLWithPath: folder + "/dump-1-dec.wav"))
        let handle = try #require(FileHandle(forWritingAtPath: folder + "/dump-1-dec.wav"))
        handle.seekToEndOfFile()
        handle.write(Data([1, 0, 3, 0, 5]))
        #expect(recordings.read() == [2])
        handle.write(Data([0, 7, 0]))
        #expect(recordings.read() == [6])
    }
}
