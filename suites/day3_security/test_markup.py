"""Markup that a stranger writes: in pages, and in XML."""

from pytest_readiness import P1, Domain, Phase, check, suite, warn


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "reflected-script",
    P1,
    effect="intrusive",
    refs=("INJ-03", "ASVS 1.2.1", "ASVS 1.2.3", "CWE-79"),
)
def test_no_page_runs_what_a_request_says(reflections):
    """No page gives back what a request says as markup or script.

    Why: a link that somebody sends runs a script in the reader's session, with all their rights.
    Fix: let the template escape (Jinja: `select_autoescape`, and no `|safe`; React: no
        `dangerouslySetInnerHTML`); answer JSON as application/json, never as text/html; add a
        Content-Security-Policy without 'unsafe-inline'.
    """
    proven = []
    for each in reflections:
        if each.is_proven:
            proven.append(str(each))
        else:
            warn(str(each))
    assert not proven, "; ".join(proven[:5])
    reflections.points.require_share()


@check(
    "xml-external-entity",
    P1,
    effect="intrusive",
    refs=("INJ-08", "ASVS 1.5.1", "CWE-611"),
)
def test_xml_resolves_nothing_from_outside(xml_inputs):
    """Whatever reads XML fetches no entity, DTD or inclusion that the document names.

    Why: a document that somebody sends reads files of the server, and asks addresses of its
        network.
    Fix: Python: `defusedxml`, or `lxml.etree.XMLParser(resolve_entities=False, no_network=True,
        load_dtd=False)`. Java: `disallow-doctype-decl`. PHP: no `LIBXML_NOENT`. .NET:
        `DtdProcessing.Prohibit`.
    """
    found = xml_inputs.resolved()
    assert not found, "; ".join(map(str, found[:5]))
