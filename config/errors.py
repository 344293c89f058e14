"""The one exception that means "tell the person, in one line, and stop with exit code 2".

Everything a user can get wrong (a configuration, a file, an address) is raised as `UserError`; the
command line prints its message and nothing else, so that no traceback ever reaches a user.
"""

__all__ = ["UserError"]


class UserError(Exception):
    """The command, its configuration or its input could not be used.

    The message is one line that names the file, the row or key, what was found and what to do.
    """
