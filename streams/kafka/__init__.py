"""The broker: topics, producing, security, and the embedded one of the demo."""
