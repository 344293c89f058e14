"""The files that Prometheus and Alertmanager read: rules, routing and texts."""
