"""Genesys Cloud: answers of its analytics API."""
