"""Avaya CMS: rows of its tables and saved reports."""
