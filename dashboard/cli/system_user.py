"""Who types a command, as the operating system knows them."""

from __future__ import annotations

import os
import pwd


def system_user() -> str:
    """The name of the user whom this process is of; their number where the system has no name.

    `getpass.getuser` believes LOGNAME and others of the environment, which whoever types sets.
    """
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # as in a container that is started under a number
        return f"uid {uid}"
