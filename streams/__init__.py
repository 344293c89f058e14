"""What flows and where it comes to rest: records, topics, names, sources in, history out, the embedded broker."""
