"""The switches of a demo that somebody watches: what each breaks, what will be seen, where, and what must hold.

A switch is there while something is connected to it: who plays the year connects what it can really break. With
nobody pressing one, the year is what it is without them, byte for byte.
"""

import threading
import tomllib
from collections.abc import Callable, Sequence
from datetime import date
from importlib.resources import files
from typing import TypeAlias

import msgspec

from shared.kernel.stop import Stop
from shared.kernel.value import value

Act: TypeAlias = Callable[[str], None]
"""Breaks something, for one of the choices where there are some. Raises Stop where it can't."""


@value
class Switch:
    """A switch by its key: its name, what will be seen and on which page, and what must hold, by ``lt`` and ``en``."""

    key: str
    name: dict[str, str]
    seen: dict[str, str]
    holds: dict[str, str]
    path: str


@value
class Pressed:
    """A switch that was pressed: which, with which choice, on which day of the fund, and why it could not be."""

    switch: Switch
    choice: str
    day: date
    fault: str = ""


def _read() -> tuple[Switch, ...]:
    text = (files("shared.demo") / "switches.toml").read_text(encoding="utf-8")
    return tuple(msgspec.convert({"key": key, **said}, Switch) for key, said in tomllib.loads(text).items())


SWITCHES = _read()
"""All switches, in the order in which they are shown."""


class Switchboard:
    """The switches that are there now. It is pressed from the console's threads, while another plays the year."""

    def __init__(self) -> None:
        self._acts: dict[str, tuple[Act, Sequence[str]]] = {}
        self._pressed: list[Pressed] = []
        self._lock = threading.Lock()

    def connect(self, key: str, act: Act, choices: Sequence[str] = ("",)) -> None:
        """Let a switch do something, for each of the choices."""
        assert any(switch.key == key for switch in SWITCHES)
        with self._lock:
            self._acts[key] = act, tuple(choices)

    def disconnect(self) -> None:
        """Nothing can be broken any more: the year is over."""
        with self._lock:
            self._acts = {}

    def offered(self) -> list[tuple[Switch, Sequence[str]]]:
        """The switches that do something now, with their choices."""
        with self._lock:
            return [(switch, self._acts[switch.key][1]) for switch in SWITCHES if switch.key in self._acts]

    @property
    def pressed(self) -> Sequence[Pressed]:
        """What was pressed, in order."""
        with self._lock:
            return tuple(self._pressed)

    def press(self, key: str, choice: str, day: date) -> bool:
        """Press a switch on a day of the fund; whether there is such a one now."""
        with self._lock:
            act, choices = self._acts.get(key, (None, ()))
        if act is None or choice not in choices:
            return False
        fault = ""
        try:
            act(choice)
        except Stop as error:
            fault = str(error)
        switch = next(switch for switch in SWITCHES if switch.key == key)
        with self._lock:
            self._pressed.append(Pressed(switch=switch, choice=choice, day=day, fault=fault))
        return True
