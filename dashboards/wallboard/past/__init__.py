"""Days gone by on the screens: the map of one, and sums of a week or a month of days."""
