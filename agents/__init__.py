"""Who acts on the stream: the pure state machine of a queue, and the two shells that drive it (Faust, replay)."""
