"""XML that anybody sends: read as any parser reads it, and bounded where a parser may be driven to its limits."""

from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from sfsync.localorg import markup_reading
from sfsync.localorg.markup import XSI, BadMarkup, Element
from sfsync.localorg.markup_reading import MOST_ATTRIBUTES, MOST_LEVELS, parse
from tests.localorg.conftest import Org

PREFIXES = {"": "", "e": "urn:e", "xsi": XSI}
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\n&<>]'\""), max_size=8
)
NAMES = st.tuples(st.sampled_from([*PREFIXES]), st.sampled_from(["a", "nil", "type", "Übung"])).map(
    lambda pair: ":".join(part for part in pair if part)
)


def _written(name: str, attributes: dict[str, str], parts: list[str]) -> str:
    given = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{given}>{''.join(parts)}</{name}>"


PIECES = TEXTS.map(escape) | TEXTS.filter(lambda text: "]]" not in text).map(lambda text: f"<![CDATA[{text}]]>")
PIECES |= st.sampled_from(["<!-- no -->", "<?no no?>", '<b xmlns="urn:other"><c/></b>', "&#xe9;&amp;"])
TREES = st.recursive(
    PIECES,
    lambda inner: st.builds(_written, NAMES, st.dictionaries(NAMES, TEXTS, max_size=3), st.lists(inner, max_size=4)),
    max_leaves=12,
)


def _by_another(node: etree._Element) -> Element:
    """Read the same with another parser."""
    name = etree.QName(node)
    attributes = {etree.QName(key).localname: str(value) for key, value in node.attrib.items()}
    return Element(
        name.localname,
        name.namespace or "",
        "".join([node.text or "", *(child.tail or "" for child in node)]),
        node.get(f"{{{XSI}}}nil", "").strip() in ("true", "1"),
        node.get(f"{{{XSI}}}type", "").rpartition(":")[2],
        attributes,
        tuple(_by_another(child) for child in node if isinstance(child.tag, str)),
    )


@given(st.lists(TREES, max_size=4), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"]))
def test_what_is_xml_is_read_as_another_parser_reads_it(parts: list[str], encoding: str) -> None:
    """Names, namespaces, texts around comments and CDATA, nil and type, in every encoding that is read."""
    spaces = " ".join(f'xmlns:{name}="{space}"' for name, space in PREFIXES.items() if name)
    declared = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>' if encoding != "utf-8" else ""
    body = f"{declared}<root {spaces}>{''.join(parts)}</root>".encode(encoding, "xmlcharrefreplace")
    try:
        expected = etree.fromstring(body, etree.XMLParser(remove_comments=True, remove_pis=True))
    except etree.XMLSyntaxError:
        return  # one attribute twice, or characters XML does not have
    assert parse(body) == _by_another(expected)


def _tag(count: int, written: str) -> bytes:
    return f"<a {' '.join(written.format(n) for n in range(count))}/>".encode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (_tag(100_000, 'a{}="x"'), "more than 1000 attributes"),
        (_tag(100_000, 'xmlns:a{0}="urn:{0}"'), "more than 1000 attributes"),
        (b"<r>" + _tag(MOST_ATTRIBUTES + 1, 'a{}=">"') + b"</r>", "more than 1000 attributes"),
        (_tag(30_000, 'a{}="x"').decode().encode("utf-16"), "more than 1000 attributes"),
        (b"<a>" * (MOST_LEVELS + 1) + b"</a>" * (MOST_LEVELS + 1), "nested more than 256 deep"),
        (b"<a>" * 1_000_000, "nested more than 256 deep"),
        (b"<?x?> <!-- --> <!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "DOCTYPE is disallowed"),
        (b"<!DOCTYPE a [<!ATTLIST a b CDATA 'x'>]><a/>".decode().encode("utf-16"), "DOCTYPE is disallowed"),
        ("<!DOCTYPE a><a/>".encode("cp500"), ""),
        (b"<?xml version='1.0' encoding='cp037'?><a/>", 'encoding "cp037" is not supported'),
        (b"<?xml version='1.0' encoding='nope'?><a/>", 'encoding "nope" is not supported'),
        (b"<?" * 100_000, ""),
        (b"<a>&b;</a>", "undefined entity"),
        (b"<a:b/>", 'prefix "a" for "a:b" is not bound'),
        (b"<a><b xmlns:c='u'/><c:d/></a>", 'prefix "c" for "c:d" is not bound'),
        (b"<a>\xff</a>", "Invalid byte 4"),
    ],
)
def test_what_would_wear_a_parser_out_is_refused(body: bytes, words: str) -> None:
    """Attributes, declarations, depth and elements without end, entities, tricks with encodings."""
    with pytest.raises(BadMarkup) as refused:
        parse(body)
    assert words in str(refused.value)


def test_elements_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """However small each is; the bound itself is taken."""
    monkeypatch.setattr(markup_reading, "MOST_ELEMENTS", 100)
    assert len(parse(b"<a>" + b"<b/>" * 99 + b"</a>").children) == 99
    with pytest.raises(BadMarkup, match="more than 100 elements"):
        parse(b"<a>" + b"<b/>" * 100 + b"</a>")


def test_a_long_namespace_is_kept_once_for_all_names(org: Org) -> None:
    """A body of many names under one long namespace grows to no more than itself; MOST_ATTRIBUTES itself is fine."""
    read = parse(b"<p:a xmlns:p='" + b"u" * 100_000 + b"'>" + b"<p:b/>" * 20_000 + b"</p:a>")
    assert len(read.children) == 20_000 and all(one.namespace is read.namespace for one in read.children)
    assert len(parse(_tag(MOST_ATTRIBUTES, 'a{}="xxxxxxxxxxxxxxxxxxxx"')).attributes) == MOST_ATTRIBUTES


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/services/Soap/u/62.0", b"soapenv:Client"),
        ("/services/Soap/m/62.0", b"soapenv:Client"),
        ("/services/async/62.0/job", b"InvalidJob"),
    ],
)
def test_every_api_of_xml_says_what_was_too_much(org: Org, path: str, code: bytes) -> None:
    """SOAP, metadata, Bulk API 1.0: its own kind of error, with the reason, with no session looked for in it."""
    headers = {"content-type": "application/xml", "x-sfdc-session": org.token}
    answer = org.raw("POST", path, _tag(100_000, 'a{}="x"'), headers=headers)
    assert code in bytes(answer.body) and b"more than 1000 attributes" in bytes(answer.body)  # type: ignore[arg-type]
