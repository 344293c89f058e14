"""The live driver: a Faust worker, its partitions, its clock and its metrics."""
