"""Instants as files write them."""
