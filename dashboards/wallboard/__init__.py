"""The live wallboard and the HTTP API beside it."""
