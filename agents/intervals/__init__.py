"""The parts that the engine is built on: calendar, counts, figures and outputs of one interval."""
