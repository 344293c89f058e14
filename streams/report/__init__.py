"""The figures of a period, by queue and item."""
