import Glibc
import Testing

@testable import LabSupport

struct ProcessUsageTests {
    @Test func `memory is read in bytes`() {
        #expect(ProcessUsage.residentMemory(in: "Name:\tearshot\nVmRSS:\t   48372 kB\n") == 48_372 * 1024)
    }

    @Test func `time in the kernel is read behind any name`() {
        let stat = "4711 (ear) shot (x)) S 1 4711 4711 0 -1 4194560 9 0 0 0 1234 66 0 0 20 0 9 0 88 1000 500 0"
        #expect(ProcessUsage.kernelTime(in: stat) == .milliseconds(660))
        for text in ["", "4711 (x", "4711 (x) S 1 4711"] { #expect(ProcessUsage.kernelTime(in: text) == nil) }
    }

    @Test func `what a thread waits for is counted`() throws {
        #expect(ProcessUsage.waits(in: "nonvoluntary_ctxt_switches:\t3\nvoluntary_ctxt_switches:\t150\n") == 150)
        let before = try ProcessUsage.waits(of: getpid())
        for _ in 1...10 { usleep(1000) }
        #expect(try ProcessUsage.waits(of: getpid()) >= before + 10)
    }

    @Test func `what a process does takes its time`() throws {
        let (before, start) = (try ProcessUsage(of: getpid()).processorTime, clock())
        // 20 ms of this process, which `clock` counts in microseconds.
        while clock() - start < 20_000 {}
        #expect(try ProcessUsage(of: getpid()).processorTime - before >= .milliseconds(20))
    }

    @Test func `a process that is not there is an error`() {
        #expect(throws: LabError.self) { try ProcessUsage(of: .max) }
    }
}
