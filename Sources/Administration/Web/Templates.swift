import Mustache

extension MustacheLibrary {
    /// The templates of all pages, by the names of their files.
    ///
    /// - Throws: when one of them is none, which a test sees.
    static func ofPages() throws -> MustacheLibrary {
        let files: [(name: String, bytes: [UInt8])] = [
            ("layout", PackageResources.layout_mustache), ("message", PackageResources.message_mustache),
            ("sign-in", PackageResources.sign_in_mustache), ("users", PackageResources.users_mustache),
            ("user", PackageResources.user_mustache), ("now", PackageResources.now_mustache),
            ("now-table", PackageResources.now_table_mustache), ("record", PackageResources.record_mustache),
            ("dialing", PackageResources.dialing_mustache), ("me", PackageResources.me_mustache),
            ("dialing-info", PackageResources.dialing_info_mustache), ("home", PackageResources.home_mustache),
            ("tabs", PackageResources.tabs_mustache),
        ]
        var library = MustacheLibrary()
        for file in files {
            try library.register(String(decoding: file.bytes, as: UTF8.self), named: file.name)
        }
        return library
    }
}
