"""Settings of a file or feed that all formats share."""
