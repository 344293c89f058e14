"""The ground that the engine stands on: calendar, counts, figures and outputs of one interval."""
