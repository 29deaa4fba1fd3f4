"""``smtir doctor``: what is installed, what each part is for, how to get what is missing."""

from __future__ import annotations

import click

from smtir.errors import EXIT_MISSING_TOOL, EXIT_OK

_COLOURS = {"ok": "green", "missing": "red", "broken": "red", "optional": "yellow"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> int:
    """List Python, packages and external programs: versions, what each is for, how to get it.

    Exits with 3 when something that smtir cannot do without is missing or of a wrong version.
    """
    from smtir.inspect import doctor

    items = doctor.examine()
    if as_json:
        import json

        click.echo(json.dumps(doctor.as_json(items), indent=1))
    else:
        width = max(len(item.name) for item in items)
        versions = max(len(item.version) for item in items)
        for item in items:
            mark = click.style(f"{item.status:<8}", fg=_COLOURS[item.status])
            click.echo(f"{mark}  {item.name:<{width}}  {item.version:<{versions}}  {item.purpose}".rstrip())
            if item.hint:
                click.echo(
                    f"{'':10}{item.hint}" if item.status == "broken" else f"{'':10}get it: {item.hint}"
                )
    return EXIT_OK if doctor.healthy(items) else EXIT_MISSING_TOOL
