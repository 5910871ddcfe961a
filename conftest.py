"""Top of the checkout: keeps the examples, which are projects of their own, out of our tests.

In a checkout this file also stands above ``suites/`` and is loaded with them into audits of other
projects: nothing but collection rules may stand here, and no ``pytest_plugins``.
"""

collect_ignore = ["examples"]
