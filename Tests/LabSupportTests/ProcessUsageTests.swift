import Testing

@testable import LabSupport

struct ProcessUsageTests {
    @Test func `memory is read in bytes`() {
        #expect(ProcessUsage.residentMemory(in: "Name:\tearshot\nVmRSS:\t   48372 kB\n") == 48_372 * 1024)
    }

    @Test func `times stand behind a name with spaces and braces`() {
        let stat = "17 (a) b)) S 1 17 17 0 -1 4194560 2315 0 3 0 250 31 0 0 20 0 9 0 45137 1"
        #expect(ProcessUsage.ticks(in: stat) == 281)
    }
}
