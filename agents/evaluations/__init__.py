"""Monitored transactions (item 2.4): which copy counts, and what a program is told of a day."""
