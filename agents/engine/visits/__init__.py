"""The visits of one queue: those of open intervals, those that are lost track of, and what the state holds of them."""
