"""What Prometheus and Alertmanager are given: rules, routing and texts."""
