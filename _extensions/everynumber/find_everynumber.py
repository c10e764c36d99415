"""Finds a Python that has everynumber: Quarto may run its scripts with any Python, also an old one without it.

Kept free of anything newer than Python 3.6, so that even that old one can say what is missing.
"""
# ruff: noqa: PTH100, PTH109, PTH113, PTH118, UP031, UP036

import importlib
import importlib.util
import os
import subprocess
import sys

TRIED = "EVERYNUMBER_PYTHON_TRIED"
# report.build imports what it needs step by step: these tell beforehand whether it will find it.
NEEDED = ("jinja2", "lxml", "matplotlib", "pandas", "pydantic", "pypdfium2", "scipy", "statsmodels", "yaml")


def project_folder():
    return os.environ.get("QUARTO_PROJECT_DIR") or os.getcwd()


def virtual_environment(folder):
    for parts in ((".venv", "bin", "python"), (".venv", "Scripts", "python.exe")):
        path = os.path.join(folder, *parts)
        if os.path.isfile(path):
            return path
    return None


def complain(sentence):
    sys.stderr.write("everynumber: " + sentence + "\n")
    return 2


def run(function):
    """Calls report.build.<function>() here or, where that cannot be imported, in the project's .venv."""
    folder = project_folder()
    # A check-out is found by its place, an installed package by itself.
    if os.path.isfile(os.path.join(folder, "report", "build.py")) and folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        if sys.version_info < (3, 11):
            raise ImportError("Python %d.%d is too old (3.11 is needed)" % sys.version_info[:2])
        missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
        if missing:
            raise ImportError("it lacks " + ", ".join(missing))
        build = importlib.import_module("report.build")
    except ImportError as problem:
        python = virtual_environment(folder)
        if python is None:
            return complain(
                "it is not installed for %s (%s), and there is no .venv in %s. Run `make install` first."
                % (sys.executable, problem, folder)
            )
        if os.environ.get(TRIED):
            return complain("the Python in .venv cannot load it (%s). Run `make install` again." % problem)
        environment = dict(os.environ)
        environment[TRIED] = "1"
        return subprocess.call([python, os.path.abspath(sys.argv[0])], env=environment, cwd=folder)
    code = getattr(build, function)()
    return 0 if code is None else int(code)
