import Administration
import Directory
import EarshotService
import Monitoring
import MonitoringRecord

extension Assembly {
    /// The pages; nil when none are configured.
    func page(_ live: LiveView?, _ operations: Operations) throws -> AdministrationServer<ContinuousClock>? {
        guard let page = configuration.page, let store, let live else { return nil }
        let session = configuration.service.registry.session
        return try AdministrationServer(
            page,
            directory: store.directory,
            live: live,
            asterisk: AsteriskForPage(
                client: client,
                explainer: RightsExplainer(client: client, directory: directory, limits: session.limits),
                endpoints: { try await store.directory.endpointBook() }
            ),
            record: RecordForPage(store: store.record, logger: logger),
            operations: OperationsForPage(
                operations: operations,
                store: store,
                isRecordRequired: configuration.isRecordRequired
            ),
            clock: ContinuousClock(),
            now: RecordStore.millisecondsNow,
            logger: logger
        )
    }
}
