"""Programs, sites and pools on the screens."""
