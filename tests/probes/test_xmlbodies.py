"""XML documents that parsers may resolve, well-formed as far as XML goes."""

from __future__ import annotations

import pyexpat
from xml.etree.ElementTree import fromstring

import pytest

from pytest_readiness.probes import xmlbodies


VALUE = {"text": "a < b", "lines": [1, 2], "none": None, "yes": True, "odd name": {"in": "x"}}


def test_a_value_becomes_an_element() -> None:
    read = fromstring(xmlbodies.without_entities(xmlbodies.of_value("note", VALUE)))  # noqa: S314 - it is ours
    assert read.tag == "note"
    assert [(one.tag, one.text) for one in read][:5] == [
        ("text", "a < b"),
        ("lines", "1"),
        ("lines", "2"),
        ("none", None),
        ("yes", "true"),
    ]
    assert read.findtext("item/in") == "x"


@pytest.mark.parametrize("element", ["<note><text>lamp</text></note>", "<note/>"])
def test_the_internal_entity_stands_in_each_text(element: str) -> None:
    read = fromstring(xmlbodies.with_internal_entity(element, "word"))  # noqa: S314 - it is ours
    assert "".join(read.itertext()) == "word"


def test_each_way_names_the_address() -> None:
    asked = []
    for how, document in xmlbodies.with_external_entity("<note>lamp</note>", "http://a.example/x"):
        parser = pyexpat.ParserCreate()
        parser.SetParamEntityParsing(pyexpat.XML_PARAM_ENTITY_PARSING_ALWAYS)

        def outside(_: object, __: object, address: str, ___: object, how: str = how) -> int:
            asked.append((how, address))
            return 1

        parser.ExternalEntityRefHandler = outside
        parser.Parse(document, True)
        assert "http://a.example/x" in document
    assert asked == [
        (how, "http://a.example/x")
        for how in ("an external entity", "a parameter entity", "an external DTD")
    ]


def test_media_types_of_xml() -> None:
    media = dict.fromkeys(["application/json", "text/xml; charset=utf-8", "image/svg+xml"])
    assert xmlbodies.kinds_of_xml(media) == ("text/xml; charset=utf-8", "image/svg+xml")
