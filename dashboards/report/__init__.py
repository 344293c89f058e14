"""The pages of a report: tables, text and HTML."""
