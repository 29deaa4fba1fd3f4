"""Entry point: fork the supervised child, then hand over to click there.

Only the standard library is imported before the fork, so the parent stays small and the
command starts fast.
"""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING, NoReturn

from smtir.cli.supervisor import StatusBoard, report_crash, supervise
from smtir.errors import EXIT_BUG, EXIT_OK, SmtirError

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_INTERRUPTED = 130
_board: StatusBoard | None = None


def current_board() -> StatusBoard:
    """The status board of the running command."""
    assert _board is not None
    return _board


def main() -> NoReturn:
    """Run the command line in ``sys.argv`` and exit with its code."""
    arguments = sys.argv[1:]
    sys.exit(supervise(lambda board: run_command(arguments, board)))


def run_command(arguments: Sequence[str], board: StatusBoard | None = None) -> int:
    """Run one command in this process; its exit code.  Nothing but an exit code gets out."""
    import click

    from smtir.cli.commands import command_group
    from smtir.cli.printer import print_error
    from smtir.compiler.activity import listening

    global _board
    board = _board = board or StatusBoard()
    stdout = sys.stdout
    try:
        with listening(board.post):
            code = command_group.main(list(arguments), prog_name="smtir", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else EXIT_OK
    except SmtirError as error:
        print_error(error)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return EXIT_INTERRUPTED
    except (BrokenPipeError, SystemExit) as error:
        # The reader has seen enough, as in `smtir dump ... | head`.  Click makes a SystemExit of it
        # and replaces stdout.
        return EXIT_OK if isinstance(error, BrokenPipeError) or sys.stdout is not stdout else EXIT_BUG
    except Exception:
        report_crash(board, arguments, "an unexpected Python exception", traceback.format_exc())
        return EXIT_BUG
