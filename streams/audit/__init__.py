"""What an auditor checks: chains, arithmetic, and figures computed again from raw records."""
