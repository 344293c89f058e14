"""Checks of an auditor: chains, arithmetic, and figures computed again from raw records."""
