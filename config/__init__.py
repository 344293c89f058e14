"""What people set: the YAML configuration and its typed settings, and what is provisioned to other servers."""
