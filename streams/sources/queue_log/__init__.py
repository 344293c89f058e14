"""Asterisk's queue_log: its lines, the visits and the agent states that follow from them."""
