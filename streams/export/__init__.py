"""Interval history as files, each with its proof."""
