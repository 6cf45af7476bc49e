"""Makes a virtual environment with the locked dependencies: `python3 install.py .venv`.

Needs nothing but Python 3.11 or 3.12 itself; looks for one of them if it is run by another.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SUPPORTED = ("3.12", "3.11")


def interpreter() -> str:
    """A supported Python: this one, or one found by name."""
    if ".".join(map(str, sys.version_info[:2])) in SUPPORTED:
        return sys.executable
    for version in SUPPORTED:
        if found := shutil.which(f"python{version}"):
            return found
    here, wanted = sys.version.split()[0], " or ".join(SUPPORTED)
    sys.exit(f"gbench needs Python {wanted}; this is {here}.  Set PYTHON=... to one.")


def compile_what_is_used(python: Path) -> None:
    """Has Python keep the bytecode of the modules that stages, DVC and tests import.

    Else each process compiles them anew where PYTHONDONTWRITEBYTECODE is set, as containers do.
    """
    print("Compiling what is used of them ...", flush=True)
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    for module in (["gbench.driver.warm"], ["dvc", "stage", "list", "--quiet"], ["pytest", "--co"]):
        quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        subprocess.run([str(python), "-m", *module], env=kept, check=False, **quiet)


def main(folder: Path) -> None:
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"Making {folder} ...", flush=True)
        subprocess.run([interpreter(), "-m", "venv", str(folder)], check=True)
    print("Installing the locked dependencies (some minutes, 6 GB on Linux) ...", flush=True)
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
    # Without compiling: PyTorch alone has thousands of files, of which few are ever imported.
    subprocess.run([*pip, "--no-compile", "-r", "requirements.lock"], check=True)
    subprocess.run([*pip, "--no-deps", "--editable", "."], check=True)
    compile_what_is_used(python)
    (folder / "ready").touch()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
