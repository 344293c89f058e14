"""Grafana's dashboards, data sources and annotations."""
