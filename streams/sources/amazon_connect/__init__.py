"""Amazon Connect: contact records and the agent event stream."""
