"""The metrics of a worker: one table of families, and the collector that makes the page of it. Needs no Faust."""
