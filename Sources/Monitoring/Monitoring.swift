// Placeholder until the first type of Monitoring.
