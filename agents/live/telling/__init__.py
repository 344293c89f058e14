"""Incidents as a worker knows them, from the topic that all workers write, and as it shows them to Prometheus."""
