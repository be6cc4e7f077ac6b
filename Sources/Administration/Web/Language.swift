import Foundation

/// A language of the pages.
enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case romanian = "ro"

    /// What it is called in itself.
    var name: String {
        switch self {
        case .english: "English"
        case .romanian: "Română"
        }
    }

    /// The first one of a browser's languages (`Accept-Language`, RFC 9110 12.5.4) that the pages have; English for none.
    init(accepting header: String?) {
        let wishes = (header ?? "").split(separator: ",").enumerated().map { index, part in
            let pieces = part.split(separator: ";")
            let weight = pieces.dropFirst().first { $0.trimmingPrefix(while: \.isWhitespace).hasPrefix("q=") }
            let quality = weight.flatMap { Double($0.split(separator: "=").last ?? "") } ?? 1
            return (tag: (pieces.first ?? "").lowercased().filter { !$0.isWhitespace }, quality: quality, index: index)
        }
        let best = wishes.sorted { ($1.quality, $0.index) < ($0.quality, $1.index) }.lazy
            .compactMap { wish in Language(rawValue: String(wish.tag.prefix { $0 != "-" })) }.first
        self = best ?? .english
    }
}

/// The texts of one language, by their keys.
struct Catalogue: Sendable {
    let language: Language
    let texts: [String: String]

    /// All languages; empty ones if the files are damaged, which a test sees.
    static let all: [Language: Catalogue] = Dictionary(
        uniqueKeysWithValues: Language.allCases.map { language in
            let file: [UInt8] =
                switch language {
                case .english: PackageResources.en_json
                case .romanian: PackageResources.ro_json
                }
            let texts = try? JSONDecoder().decode([String: String].self, from: Data(file))
            return (language, Catalogue(language: language, texts: texts ?? [:]))
        }
    )

    /// - Parameter values: take the places of `{name}` in the text.
    func callAsFunction(_ key: String, _ values: [String: String] = [:]) -> String {
        var text = texts[key] ?? key
        for (name, value) in values { text = text.replacing("{\(name)}", with: value) }
        return text
    }

    static subscript(language: Language) -> Catalogue {
        all[language] ?? Catalogue(language: language, texts: [:])
    }
}
