"""The tests drive pytest itself, so they need its own plugin for that."""

pytest_plugins = ["pytester"]
