"""The command line: `gbench repro`, `gbench check`."""

import argparse
import sys

from gbench.core.files import UserError


def main() -> None:
    parser = argparse.ArgumentParser(prog="gbench", description=__import__("gbench").__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    repro = commands.add_parser("repro", help="bring the benchmark up to date, stages in parallel")
    repro.add_argument("-j", "--jobs", type=int, help="stages at a time (default: all cores)")
    commands.add_parser("check", help="check params.yaml and list every mistake")
    arguments = parser.parse_args()
    try:
        if arguments.command == "repro":
            from gbench.pipeline import repro as run

            run(arguments.jobs)
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
