"""State as named cells with one point of commit."""
