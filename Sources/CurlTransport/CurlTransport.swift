// Placeholder until the first type of CurlTransport.
