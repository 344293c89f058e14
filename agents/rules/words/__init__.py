"""Sentences and titles of breaches, in English and Chinese."""
