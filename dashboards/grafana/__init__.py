"""What Grafana shows: dashboards, data sources and annotations."""
