import Glibc
import Testing

@testable import LabSupport

struct ProcessUsageTests {
    @Test func `memory is read in bytes`() {
        #expect(ProcessUsage.residentMemory(in: "Name:\tearshot\nVmRSS:\t   48372 kB\n") == 48_372 * 1024)
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
