"""The group of commands, and the one place where a mistake becomes a line and an exit status."""

from __future__ import annotations

import io
import os
import sys

import click
import django


class Zhitong(click.Group):
    """Imports a command only when it is called: `--help` and a typing error stay quick."""

    names = (
        "scenario",
        "intake",
        "report",
        "plan",
        "shuttle",
        "check",
        "documents",
        "bulletin",
        "journey",
        "serve",
        "work",
        "migrate",
        "doctor",
        "journal",
        "accounts",
        "trial-accounts",
        "keys",
        "erase",
        "retention",
        "subject-access",
        "template",
        "boundaries",
    )

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.names)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.names:
            return None
        from importlib import import_module

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhitong.config.settings")
        django.setup()
        command = import_module(f"zhitong.cli.{name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Zhitong, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zhitong", prog_name="zhitong")
def commands() -> None:
    """Zhitong 直通: from survey to bulletin, straight through."""


def main() -> None:
    """Run a command; a user's mistake is one line and exit status 2, never a traceback."""
    as_json = "--json" in sys.argv
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a character shows a question mark, not a traceback.
            stream.reconfigure(errors="replace")
    try:
        status = commands.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as mistake:
        _complain(mistake.format_message(), code="usage", as_json=as_json)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os._exit(141)
    except Exception as failure:
        code = _code_of(failure)
        if code is None:
            raise
        _complain(str(failure), code=code, as_json=as_json)
    sys.exit(status if isinstance(status, int) else 0)


def _code_of(failure: Exception) -> str | None:
    """The stable code of an error that a user can cause and mend; None for a fault of ours."""
    from django.db import OperationalError
    from xlsxwriter.exceptions import FileCreateError

    from zhitong import places, planning
    from zhitong.config.home import StartupError
    from zhitong.kernel.errors import UserError

    if isinstance(failure, UserError | StartupError | places.PlaceError | planning.ProblemError):
        return str(getattr(failure, "code", "user-error"))
    if isinstance(failure, OperationalError):
        return "database-out-of-reach"
    if isinstance(failure, OSError | FileCreateError):
        return "file"
    return None


def _complain(sentence: str, *, code: str, as_json: bool) -> None:
    line = " ".join(sentence.split())
    if as_json:
        from zhitong.cli.console import print_json

        print_json({"error": code, "sentence": line})
    else:
        click.echo(f"zhitong: {line}", err=True)
    sys.exit(2)
