"""The pages and addresses about the rest of the day."""
