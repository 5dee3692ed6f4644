"""What is shown where there is nothing: a day or an edition that the fund does not have, an address that leads nowhere."""

from shared.console.pages.blocks import Page, Text
from shared.console.pages.view import View


def no_such_day(view: View, wanted: str) -> Page | None:
    """Where a day is asked for that the fund does not have, the days that it has."""
    days = view.index.days()
    if not wanted or (view.index.on and days and days[0] <= view.index.on <= days[1]):
        return None
    view.index.on = None
    view.asked = {name: text for name, text in view.asked.items() if name != "on"}
    if days is None:
        lead = view.t("Dar neprasidėjo nė viena diena.", "No day has started yet.")
    else:
        lead = view.t(
            f"Fondo žurnalas prasideda {view.day(days[0])} ir baigiasi {view.day(days[1])}.",
            f"The fund's journal begins on {view.day(days[0])} and ends on {view.day(days[1])}.",
        )
    links = (view.link(str(days[0]), "/fund", on=days[0].isoformat()), view.link(str(days[1]), "/fund")) if days else ()
    title = view.t(f"Dienos {wanted} čia nėra", f"There is no day {wanted} here")
    return Page(title=title, lead=lead, blocks=(Text(text="", links=links),) if links else (), status=404, live=False)


def no_such_edition(view: View, like: str) -> Page:
    """Where a budget is to begin with an edition that was not adopted: that one by name, and where the others are."""
    form = view.link(view.t("Tuščia biudžeto forma", "An empty form of a budget"), "/desk/new/budget")
    return Page(
        title=view.t(f"Biudžeto redakcijos {like} nėra", f"There is no edition {like} of a budget"),
        lead=view.t("Pradėti galima nuo priimtos redakcijos.", "A budget may begin with an edition that was taken."),
        blocks=(Text(text="", links=(view.link(view.t("Biudžetas", "Budget"), "/budget"), form)),),
        nav="budget",
        status=404,
        live=False,
    )


def not_found(view: View, path: str) -> Page:
    """Where an address leads to nothing: where to look."""
    return Page(
        title=view.t("Tokio puslapio nėra", "There is no such page"),
        lead=view.t(
            f"{path} nieko nereiškia, arba to dar nebuvo.", f"{path} leads to nothing, or it was not there yet."
        ),
        blocks=(
            Text(
                text=view.t("Ieškokite numerio ar pavadinimo viršuje.", "Search for a number or a name above."),
                links=(view.link(view.t("Šiandien", "Today"), "/fund"),),
            ),
        ),
        status=404,
        live=False,
    )
