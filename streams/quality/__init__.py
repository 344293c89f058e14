"""Monitored transactions of a month, as figures."""
