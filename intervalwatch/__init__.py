"""The command line of intervalwatch, one module for each command."""
