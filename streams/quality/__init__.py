"""Figures of a month's monitored transactions."""
