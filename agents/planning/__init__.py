"""Plans, agent states, and the reference that an interval is compared with."""
