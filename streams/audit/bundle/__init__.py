"""The evidence bundle: one signed file with a period's history, which can be checked without this product."""
