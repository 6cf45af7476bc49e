"""The command line: `gbench run`, `gbench check`."""

import argparse
import sys
from pathlib import Path

from gbench.core.files import UserError


def main() -> None:
    parser = argparse.ArgumentParser(prog="gbench", description=__import__("gbench").__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="bring the benchmark up to date, stages side by side")
    run.add_argument("targets", nargs="*", help="stages or matrices, as in dvc.yaml (default: all)")
    run.add_argument("-j", "--jobs", type=int, help="stages at a time (default: all cores)")
    run.add_argument("-k", "--keep-going", action="store_true", help="go on past failures")
    commands.add_parser("check", help="check params.yaml and list every mistake")
    doctor = commands.add_parser("doctor", help="find and mend what an accident has left behind")
    doctor.add_argument("--clean", action="store_true", help="also remove results not in params")
    arguments = parser.parse_args()
    try:
        if arguments.command == "run":
            from gbench.driver.run import run as bring_up_to_date

            bring_up_to_date(arguments.targets, arguments.jobs, arguments.keep_going)
        elif arguments.command == "doctor":
            from gbench.driver.doctor import doctor as see_to_it

            sys.exit(0 if see_to_it(Path.cwd(), arguments.clean) else 1)
        else:
            from gbench.check import check
            from gbench.params import read

            check(read())
            print("params.yaml is valid")
    except UserError as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        sys.exit("\ninterrupted; `make repro` carries on from here")


if __name__ == "__main__":
    main()
