"""Incidents as rows: one for each, made of the changes of its breaches and of what people wrote about it."""
