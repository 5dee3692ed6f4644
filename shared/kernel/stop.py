"""How a command ends that can't do what it was asked: one line for a person, and an exit code for a script."""


class Stop(Exception):  # noqa: N818 - what happens, as said on the command line
    """The command stops. ``code`` is 1: it can't be done now; 2: it was asked wrongly."""

    code = 1


class Wrong(Stop):
    """The command was asked wrongly: an argument or a setting can't be used."""

    code = 2
