import EarshotService
import Monitoring
import Testing

@testable import earshot

@Suite struct SettingTests {
    @Test func `each setting has a key and a variable of its own`() {
        #expect(Set(Setting.all.map(\.key)).count == Setting.all.count)
        #expect(Set(Setting.all.map(\.environmentVariable)).count == Setting.all.count)
    }

    @Test func `names are of one form`() {
        for setting in Setting.all {
            #expect(setting.key.wholeMatch(of: /[a-z]+\.[a-z_]+/) != nil, "\(setting.key)")
            #expect(setting.environmentVariable.wholeMatch(of: /EARSHOT_[A-Z_]+/) != nil)
            #expect(!setting.environmentVariable.hasPrefix(Setting.labPrefix))
            #expect(!setting.meaning.isEmpty)
        }
    }

    @Test func `the names that administrators rely on do not change`() {
        let fixed: [(Setting, String)] = [
            (.ariURL, "EARSHOT_ARI_URL"), (.ariUsername, "EARSHOT_ARI_USERNAME"),
            (.ariPassword, "EARSHOT_ARI_PASSWORD"), (.ariPasswordFile, "EARSHOT_ARI_PASSWORD_FILE"),
            (.ariApplication, "EARSHOT_ARI_APPLICATION"),
        ]
        for (setting, name) in fixed { #expect(setting.environmentVariable == name) }
    }

    @Test func `the help has every setting, each in a line`() {
        let lines = Setting.help.split(separator: "\n")
        #expect(lines.count == Setting.all.count)
        for (line, setting) in zip(lines, Setting.all) {
            #expect(line.hasPrefix(setting.environmentVariable + " ") && line.hasSuffix(setting.meaning))
        }
    }

    @Test func `each refusal's prompt can be set`() {
        let keys = Set(Setting.all.map(\.key))
        for refusal in Refusal.allCases { #expect(keys.contains("prompts.\(refusal.word)")) }
        for notice in PromptBook.Notice.allCases { #expect(keys.contains("prompts.\(notice.rawValue)")) }
    }
}
