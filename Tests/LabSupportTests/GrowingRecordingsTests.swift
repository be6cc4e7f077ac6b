import Foundation
import Testing

@testable import LabSupport

struct GrowingRecordingsTests {
    private let folder: String

    init() throws {
        folder = try makeTemporaryFolder()
    }

    private func write(_ samples: [Int16], header: Bool = true, to name: String) throws {
        var data = header ? WAVFile.header(dataLength: 0) : Data()
        for sample in samples { withUnsafeBytes(of: sample.littleEndian) { data.append(contentsOf: $0) } }
        try data.write(to: URL(fileURLWithPath: folder + "/" + name))
    }

    @Test
    func `a growing file is read piece by piece, whatever its header says`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var recordings = GrowingRecordings(folder: folder)
        #expect(recordings.read() == [])
        try write([], to: "dump-1-dec.wav")
        #expect(recordings.read() == [])
        let handle = try #require(FileHandle(forWritingAtPath: folder + "/dump-1-dec.wav"))
        handle.seekToEndOfFile()
        handle.write(Data([1, 0, 2]))
        #expect(recordings.read() == [1])
        handle.write(Data([1, 3, 0]))
        #expect(recordings.read() == [258, 3])
        #expect(recordings.read() == [])
    }

    @Test
    func `what the phone sends is not what it hears, and a second call follows the first`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var recordings = GrowingRecordings(folder: folder)
        try write([9, 9], to: "dump-1-enc.wav")
        try write([1, 2], to: "dump-1-dec.wav")
        #expect(recordings.read() == [1, 2])
        try write([3], to: "dump-2-dec.wav")
        #expect(recordings.read() == [3])
    }

    @Test
    func `a call in the same second empties the file, and is read from its beginning`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var recordings = GrowingRecordings(folder: folder)
        try write([1, 2, 3], to: "dump-1-dec.wav")
        #expect(recordings.read() == [1, 2, 3])
        let handle = try #require(FileHandle(forWritingAtPath: folder + "/dump-1-dec.wav"))
        try handle.truncate(atOffset: 0)
        handle.write(WAVFile.header(dataLength: 0) + Data([7, 0]))
        #expect(recordings.read() == [7])
    }
}
