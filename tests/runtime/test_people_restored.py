"""A back-up of a home takes the people of its desk from where PSDF_PEOPLE says, and a restore brings them there again."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from shared.desk.people import PEOPLE
from shared.journal.home import Home
from tests.runtime.funds import WORKED_START, psdf
from tests.runtime.test_desk_commands import CHANGE, JONAS, RASA


class Place:
    """A home whose people are named in a folder of their own, and each person's token."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.people, self.file = folder, folder / "people", folder / "fund.backup"
        self.tokens: dict[str, str] = {}
        assert psdf("publish", WORKED_START, "--moment", "event", home=self.home).returncode == 0
        for name, role in ((RASA, "contracts"), (JONAS, "second")):
            self.tokens[name] = self.done("people", "add", name, "--role", role).split()[-1]
        self.done(*CHANGE, "--moment", "event", by=RASA)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def ask(self, *args: str, home: Path | None = None, by: str = "", **env: str) -> Any:  # noqa: ANN401 - what came of it
        given = {"PSDF_PEOPLE": str(self.people), "PSDF_TOKEN": self.tokens.get(by, ""), "PSDF_TRACES": "0"} | env
        return psdf(*args, home=home or self.home, **given)

    def done(self, *args: str, home: Path | None = None, by: str = "", **env: str) -> str:
        done = self.ask(*args, home=home, by=by, **env)
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    def restored(self, **env: str) -> str:
        """What a restore into a new home says."""
        return self.done("restore", str(self.file), home=self.new, **env)

    @property
    def new(self) -> Path:
        return self.folder / "new"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    assert f", {made.people / PEOPLE}, " in made.done("backup", str(made.file))
    return made


def test_where_all_is_lost_people_sign_in_again_and_confirm_what_was_proposed(place: Place) -> None:
    shutil.rmtree(place.home)
    shutil.rmtree(place.people)
    assert f"{place.people / PEOPLE}: who worked at the desk then" in place.restored()
    assert (place.people / PEOPLE).stat().st_mode & 0o077 == 0
    assert not (Home(path=place.new).desk / PEOPLE).exists(), "one list counts"
    assert "D-1" in place.done("confirm", "D-1", "--moment", "event", home=place.new, by=JONAS)


def test_who_was_removed_since_does_not_come_back_with_the_home(place: Place) -> None:
    place.done("people", "remove", RASA)
    stands = (place.people / PEOPLE).read_bytes()
    told = place.restored()
    assert f"{place.people / PEOPLE} stays as it is" in told
    assert f"the back-up's is {Home(path=place.new).desk / PEOPLE}" in told
    assert (place.people / PEOPLE).read_bytes() == stands
    assert "who are you?" in place.ask("work", home=place.new, by=RASA).stderr
    assert "D-1" in place.done("work", home=place.new, by=JONAS)


def test_without_the_setting_they_come_into_the_home(place: Place) -> None:
    told = place.restored(PSDF_PEOPLE="")
    file = Home(path=place.new).desk / PEOPLE
    assert f"{file}: who worked at the desk then, also who was removed since" in told
    assert file.stat().st_mode & 0o077 == 0
    assert "D-1" in place.done("work", home=place.new, by=JONAS, PSDF_PEOPLE="")


def test_where_they_can_not_be_put_it_is_said_where_they_lie(place: Place) -> None:
    (place.folder / "file").write_text("no folder")
    told = place.restored(PSDF_PEOPLE=str(place.folder / "file"))
    assert "nobody can sign in at the desk: " in told
    assert f"{Home(path=place.new).desk / PEOPLE} is to be put there" in told
    assert "D-1" in place.done("work", home=place.new, by=JONAS, PSDF_PEOPLE="")


def test_a_back_up_says_where_it_has_nobody(place: Place, tmp_path: Path) -> None:
    told = place.done("backup", str(tmp_path / "other.backup"), PSDF_PEOPLE=str(tmp_path / "none"))
    assert f"{tmp_path / 'none' / PEOPLE} is not there, so nobody of the desk is in it" in told
