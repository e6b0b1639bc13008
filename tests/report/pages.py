"""Reading a page that a test has written."""

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Reader(HTMLParser):
    """Collects text and attributes; fails on tags that are not closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.text, self.tags, self.values, self.scripts = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.values += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        (self.scripts if self.open[-1:] == ["script"] else self.text).append(data)


def read(path: Path) -> tuple[str, Reader, str]:
    """A page that is well-formed, its figures too; what is in it; and its text."""
    page = path.read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    for svg in re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL):
        ElementTree.fromstring(svg)
    return page, reader, " ".join(reader.text)


def is_self_contained(page: str, reader: Reader) -> None:
    """Nothing of it is fetched, and no name stands for two parts."""
    assert not re.findall(r"https?://|@import|url\((?!#)|fetch\(|XMLHttp|import\(", page)
    assert not {"link", "img", "iframe"} & set(reader.tags)
    assert not [value for tag, name, value in reader.values if tag == "script" and name == "src"]
    identities = [value for _, name, value in reader.values if name == "id"]
    assert len(identities) == len(set(identities))
