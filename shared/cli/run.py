"""``psdf run``: the fund in one process, or one process of the cluster; each is loaded alone."""

from typing import Annotated

import typer

from shared.cli.options import HomeOption, PrometheusOption, settings
from shared.kernel.stop import Wrong


def run(
    process: Annotated[
        str | None,
        typer.Argument(help="of the cluster: a service, clock, letters, bank, gate, a stand-in", show_default=False),
    ] = None,
    home: HomeOption = None,
    http: Annotated[str | None, typer.Option(help="host:port to listen on (PSDF_HTTP, else 127.0.0.1:8080)")] = None,
    moment: Annotated[
        str | None, typer.Option(help="whose clock: arrival (ours) or event (their own time: demo, tests)")
    ] = None,
    open_to: Annotated[
        str | None, typer.Option(help="the names by which other machines may call it (PSDF_OPEN_TO), else none may")
    ] = None,
    ministry: Annotated[
        str | None, typer.Option(help="the ministry's letter box (PSDF_MINISTRY_URL), http://host:port")
    ] = None,
    prometheus: PrometheusOption = None,
    seed: Annotated[
        bool,
        typer.Option("--seed", help="a fund to try out: the budget of 2022, contract C-1, events in their own time"),
    ] = False,
) -> None:
    """Run the fund: all services, journal, letters, clock and HTTP in one process, until Ctrl-C or SIGTERM.

      psdf run
      psdf run --seed               a fund to try out, into which the invoice of README goes
      psdf run payments             one service of the cluster (PSDF_KAFKA, PSDF_MONGO)
      psdf run console --prometheus http://prometheus:9090       its console, with boards
      psdf run --home /srv/fund --http 0.0.0.0:8080 --open-to fund.example.lt --ministry https://letters.example.lt
      PSDF_TRACES=1 psdf run        trace every invoice; psdf trace draws it

    PSDF_TRACES is the share of the invoices that are traced (0.1 unless set, 0 for none): into files of the home, or to
    the collector of PSDF_OTLP (else OTEL_EXPORTER_OTLP_ENDPOINT), http://host:4318.

    It listens to this machine alone unless --open-to says otherwise; then every event has to be signed with a key that
    two persons have registered (psdf keys). PSDF_PROBES, host:port, gives /livez, /readyz and /metrics their own port.

    A kill at any moment loses nothing. One process holds a home; POST /events, GET /fund, /invoices/{id}, /metrics ...
    """
    if seed and (process or moment == "arrival"):
        raise Wrong("--seed is for a fund of one process whose events bring their own time: leave out the rest")
    if prometheus and process != "console":
        raise Wrong("--prometheus is for psdf run console, which draws the boards")
    moment = "event" if seed else moment
    chosen = settings(home=home, http=http, open_to=open_to, moment=moment, ministry_url=ministry)
    if process:
        from shared.runtime.cluster import run_process

        run_process(chosen, process, prometheus=prometheus)
        return
    from shared.cli.serve import serve

    serve(chosen, seed=seed)
