"""The breach rules: their conditions, their sentences and the life of a breach."""
