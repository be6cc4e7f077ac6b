// Placeholder until the first type of ARIOverCurl.
