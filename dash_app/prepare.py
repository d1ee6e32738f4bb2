"""`python -m dash_app.prepare`: packs what a visit downloads from the installed packages. `setup/venv` runs it once."""

from __future__ import annotations

import flask

from dash_app import create_app, packing, suites


def main() -> None:
    packing.fill(suites.bodies(create_app(flask.Flask("prepare"))))


if __name__ == "__main__":
    main()
