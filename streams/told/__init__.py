"""Records by which queues tell programs and groups of what they have found."""
