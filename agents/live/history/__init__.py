"""Interval history beside a live worker: written from the output topics, and filled again from them."""
