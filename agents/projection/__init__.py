"""The rest of a queue's day, as a pure function of what is known and the time: forecast, service level, chances."""
