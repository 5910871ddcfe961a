"""The official schemas of the report formats, which are not ours to ship.

They are read from the folder that ``READINESS_SCHEMAS`` names, or from ``../shared/schemas`` beside
the checkout; where there is neither, what needs them is skipped.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import FormatChecker
from jsonschema.validators import validator_for


if TYPE_CHECKING:
    from jsonschema.protocols import Validator


def official(name: str) -> Path:
    """Path of a schema; skips the test where it is not."""
    beside = Path(__file__).parents[2] / "shared" / "schemas"
    path = Path(os.environ.get("READINESS_SCHEMAS", beside)) / name
    if not path.is_file():
        pytest.skip(f"the official schema {name} is not on this machine")
    return path


@cache
def validator(name: str) -> Validator:
    """Validator of a JSON Schema, formats included."""
    schema: dict[str, Any] = json.loads(official(name).read_text("utf-8"))
    return validator_for(schema)(schema, format_checker=FormatChecker())
