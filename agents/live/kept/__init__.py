"""The log of an embedded broker, kept in a file: a small centre without Kafka goes on where it stopped."""
