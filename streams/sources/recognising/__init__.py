"""Looks at a file with columns of somebody's own choosing, and proposes how it is read."""
