"""Plans, agent states and what an interval is compared with."""
