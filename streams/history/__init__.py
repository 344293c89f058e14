"""Interval results at rest: stored once, chained by hash, exported with a proof, and verified."""
