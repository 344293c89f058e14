"""The input of a scorecard that a site and its assessor give: required metrics, and what only people know."""
