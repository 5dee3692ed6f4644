"""What each command of ``psdf`` does; loaded when it is asked for. Their options stand in ``cli.py``."""
