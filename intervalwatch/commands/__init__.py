"""One module a command; each holds a click command that `intervalwatch.main` adds."""
