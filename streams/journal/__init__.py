"""The journal: who acknowledged an incident, what was found, and what was done; entries are added, never changed."""
