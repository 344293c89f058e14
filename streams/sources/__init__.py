"""Files and feeds in: each module turns one kind of export into the records of `streams.records`."""
