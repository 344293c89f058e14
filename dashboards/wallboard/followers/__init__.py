"""Results that screens show, read from where others write them: the topics of workers, or a history alone."""
