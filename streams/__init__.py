"""The records of intervalwatch, from sources through topics to history and its exports."""
