"""The state machines of a queue and of a program: records in, results and breaches out."""
