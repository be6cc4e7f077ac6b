import Testing

@testable import LabSupport

@Suite(.timeLimit(.minutes(1)))
struct JournalTests {
    @Test
    func `an entry that is there already is found at once, from the asked place on`() async throws {
        let journal = Journal<Int>()
        for entry in [1, 2, 1] { journal.append(entry) }
        let found = try await journal.first(from: 1, within: .seconds(10), "a one") { $0 == 1 ? .accept : .wait }
        #expect(found.index == 2)
    }

    @Test
    func `a wait for a later place is not ended by the entries before it`() async throws {
        let journal = Journal<Int>()
        async let found = journal.first(from: 2, within: .seconds(10), "the third") { _ in .accept }
        for entry in [10, 11, 12] {
            journal.append(entry)
            await Task.yield()
        }
        #expect(try await found.entry == 12)
    }

    @Test
    func `a wait ends at its deadline, and names what it waited for`() async throws {
        let journal = Journal<Int>()
        let error = await #expect(throws: LabError.self) {
            async let wait = journal.first(from: 0, within: .zero, "the impossible") { _ in .wait }
            async let tick: Void = {
                // The wait may begin after a tick; another one comes.
                while !Task.isCancelled {
                    journal.tick(at: .now + .seconds(1))
                    await Task.yield()
                }
            }()
            _ = try await wait
            await tick
        }
        #expect(error?.description.contains("the impossible") == true)
    }

    @Test
    func `the end fails those who wait and those who come later, with the first reason`() async throws {
        let journal = Journal<Int>()
        async let early = journal.first(from: 0, within: .seconds(10), "more") { _ in .accept }
        journal.finish(LabError("it broke"))
        journal.finish(LabError("again"))
        journal.append(1)
        await #expect { _ = try await early } throws: { "\($0)".contains("it broke") }
        await #expect { _ = try await journal.first(from: 0, within: .seconds(10), "more") { _ in .accept } } throws: {
            "\($0)".contains("it broke")
        }
        #expect(journal.count == 0)
    }

    @Test
    func `a cancelled wait ends at once`() async {
        let journal = Journal<Int>()
        let task = Task { try await journal.first(from: 0, within: .seconds(600), "nothing") { _ in .wait } }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
