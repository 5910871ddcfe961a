"""Top of the checkout: what is collected here when no path is named.

The fixtures for the target, its containers and its secrets come from the plugin, which
``pyproject.toml`` registers; what only our own tests share stands in ``tests/conftest.py``. In a
checkout this file stands above ``suites/`` too and is loaded with them into audits of other
projects: nothing but collection rules may stand here.
"""

collect_ignore = ["examples", "benchmarks"]
