"""The cells of a column: how they write numbers, durations and instants."""
