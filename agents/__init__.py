"""The agents of intervalwatch: the state machine of a queue, and the two drivers that feed it (Faust, replay)."""
