"""The screens of intervalwatch: the wallboard, Grafana dashboards, alerts and reports."""
