"""Delimited files: rows, mapping and admission."""
