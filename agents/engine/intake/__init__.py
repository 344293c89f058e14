"""How records of each kind reach the intervals of a queue: the parts of its engine that need no state of their own."""
