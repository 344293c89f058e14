"""The relay: what Alertmanager cannot send itself goes through `web`, which translates and keeps nothing."""
