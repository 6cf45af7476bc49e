"""The command line: `gbench run`, `check`, `doctor`, `evaluate`, `compare` and `attack`."""

import argparse
import os
import sys
from pathlib import Path

from gbench.core.files import UserError, full_disk_as_user_error
from gbench.tracks.attacks import command as own
from gbench.tracks.generation.outside import command as outside


def main() -> None:
    parser = argparse.ArgumentParser(prog="gbench", description=__import__("gbench").__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
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
    outside.add(commands)
    own.add(commands)
    arguments = parser.parse_args()
    try:
        if arguments.command == "run":
            from gbench.driver.run import Options
            from gbench.driver.run import run as bring_up_to_date

            options = Options(
                jobs=arguments.jobs,
                gpus=arguments.gpus,
                keep_going=arguments.keep_going,
                launcher=arguments.launcher,
                launcher_options=arguments.launcher_options,
            )
            with full_disk_as_user_error():
                bring_up_to_date(arguments.targets, options)
        elif arguments.command == "doctor":
            from gbench.driver.doctor import doctor as see_to_it

            sys.exit(0 if see_to_it(Path.cwd(), arguments.clean) else 1)
        elif arguments.command == "attack":
            with full_disk_as_user_error():
                own.execute(arguments)
        elif arguments.command in ("evaluate", "compare"):
            with full_disk_as_user_error():
                outside.execute(arguments)
        else:
            from gbench.params import read
            from gbench.params.check import check

            check(read())
            print("params.yaml is valid")
    except UserError as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        sys.exit("\ninterrupted; `make repro` carries on from here")


if __name__ == "__main__":
    main()
