"""How a file or feed is read: settings that all formats share."""
