"""What people look at: the wallboard, and the Grafana dashboards."""
