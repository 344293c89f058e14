"""The exception for faults that a user can mend: printed in one line, with exit code 2.

Every fault in a configuration, a file or an address is raised as `UserError`. The command line prints its message
and no traceback.
"""

__all__ = ["UserError"]


class UserError(Exception):
    """The command, its configuration or its input could not be used.

    The message is one line that names the file, the row or key, what was found and what to do.
    """
