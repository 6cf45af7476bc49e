"""The command line: `gbench run`, `check`, `doctor`, and the commands of the tracks."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

from gbench import tracks
from gbench.core.files import UserError, full_disk_as_user_error

Execute = Callable[[argparse.Namespace], object]
Commands = argparse._SubParsersAction  # of which Python only lets annotations have parameters


def main() -> None:
    parser = argparse.ArgumentParser(prog="gbench", description=__import__("gbench").__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    execute = own(commands) | of_tracks(commands)
    arguments = parser.parse_args()
    try:
        with full_disk_as_user_error():
            execute[arguments.command](arguments)
    except UserError as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        sys.exit("\ninterrupted; `make repro` carries on from here")


def own(commands: Commands) -> dict[str, Execute]:
    """Adds `run`, `check` and `doctor`."""
    run = commands.add_parser("run", help="bring the benchmark up to date, stages side by side")
    run.add_argument(
        "targets", nargs="*", help="stages, matrices or folders (default: the root's all)"
    )
    run.add_argument("-j", "--jobs", type=int, default=0, help="at a time (default: all cores)")
    run.add_argument(
        "--gpus", default="", help="such as 0,1, or 0:40 for 40 GB of it, or none (default: all)"
    )
    run.add_argument("-k", "--keep-going", action="store_true", help="go on past failures")
    for flag, what in (
        ("launcher", "warm, local, slurm, submitit or ray"),
        ("launcher-options", "k=v,..."),
    ):
        variable = f"GBENCH_{flag.replace('-', '_').upper()}"
        given = os.environ.get(variable, "")
        run.add_argument(f"--{flag}", default=given, help=f"{what} (default: ${variable})")
    commands.add_parser("check", help="check params.yaml and list every mistake")
    doctor = commands.add_parser("doctor", help="find and mend what an accident has left behind")
    doctor.add_argument("--clean", action="store_true", help="also remove results not in params")
    return {"run": bring_up_to_date, "check": check, "doctor": see_to_it}


def of_tracks(commands: Commands) -> dict[str, Execute]:
    """Adds the commands of every room; returns what executes each."""
    found: dict[str, Execute] = {}
    for module in [module for name in tracks.names() for module in tracks.load(name).commands]:
        before, command = {*commands.choices}, importlib.import_module(module)
        command.add(commands)
        found |= dict.fromkeys({*commands.choices} - before, command.execute)
    return found


def bring_up_to_date(arguments: argparse.Namespace) -> None:
    from gbench.driver.run import Options, run

    options = Options(
        jobs=arguments.jobs,
        gpus=arguments.gpus,
        keep_going=arguments.keep_going,
        launcher=arguments.launcher,
        launcher_options=arguments.launcher_options,
    )
    run(arguments.targets, options)


def check(arguments: argparse.Namespace) -> None:
    from gbench.params import read
    from gbench.params.check import check as find_mistakes

    find_mistakes(read())
    print("params.yaml is valid")


def see_to_it(arguments: argparse.Namespace) -> None:
    from gbench.driver.doctor import doctor

    sys.exit(0 if doctor(Path.cwd(), arguments.clean) else 1)


if __name__ == "__main__":
    main()
