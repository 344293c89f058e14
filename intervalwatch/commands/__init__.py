"""The commands, one module each, with the click command that `intervalwatch.main` adds."""
