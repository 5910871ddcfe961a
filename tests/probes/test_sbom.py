"""Bills of materials in their formats."""

from __future__ import annotations

import json

import pytest

from pytest_readiness.probes import sbom
from pytest_readiness.probes.unreadable import UnreadableFile


SPDX = {
    "spdxVersion": "SPDX-2.3",
    "name": "document",
    "packages": [
        {"SPDXID": "SPDXRef-a", "name": "shop", "versionInfo": "1.0"},
        {"SPDXID": "SPDXRef-b", "name": "Flask", "versionInfo": "3.1.0"},
    ],
}
DESCRIBES = {"relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-a"}


@pytest.mark.parametrize(
    "data",
    [
        SPDX | {"relationships": [DESCRIBES]},
        SPDX | {"documentDescribes": ["SPDXRef-a"]},
        {"sbom": SPDX | {"relationships": [DESCRIBES]}},
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "metadata": {"component": {"name": "shop", "version": "1.0"}},
            "components": [{"name": "Flask", "version": "3.1.0"}],
        },
    ],
)
def test_json_says_of_what_it_is_and_what_is_in_it(data):
    found = sbom.parse(json.dumps(data), "sbom.json")
    assert (found.name, found.version) == ("shop", "1.0")
    assert found.packages == {("flask", "3.1.0")}


def test_tags_and_values_do_so_too():
    text = (
        "SPDXVersion: SPDX-2.2\nDocumentName: shop\n\nPackageName: shop\nPackageVersion: 1.0\n\n"
        "PackageName: Flask\nPackageVersion: 3.1.0\n"
    )
    found = sbom.parse(text, "shop.spdx")
    assert (found.format, found.name, found.version) == ("SPDX-2.2", "shop", "1.0")
    assert found.packages == {("flask", "3.1.0")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<bom/>", "sbom.json:1: it is no JSON"),
        ("{}", "it is neither CycloneDX nor SPDX 2"),
        (
            '{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": 1}',
            "at components: expected",
        ),
        ('{"spdxVersion": "SPDX-2.3", "packages": [{}]}', "at packages[0].name: expected"),
    ],
)
def test_what_is_none_says_why(text, message):
    with pytest.raises(UnreadableFile) as error:
        sbom.parse(text, "sbom.json")
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("bom.json", True),
        ("dist/sbom.cdx.json", True),
        ("shop.spdx.json", True),
        ("shop.spdx", True),
        ("sbom-1.0.json", True),
        ("bombay.json", False),
        ("package.json", False),
        ("spdx.py", False),
    ],
)
def test_some_are_known_by_their_names(path, named):
    assert sbom.is_named_so(path) is named
