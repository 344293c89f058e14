"""Simulation of a contact centre whose truth is known."""
