"""The configuration of intervalwatch: YAML and its typed settings, and the files that other servers are given."""
