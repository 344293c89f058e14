"""Who is told of which incident, and when: decided here, carried to people by Prometheus and Alertmanager."""
