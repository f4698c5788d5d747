"""Says what a statement's page is made of, for a test to judge: as JSON, from the page on standard input.

    portvakt audit statement … --html | python3 dev/interop/page_check.py

Uses nothing but Python's own parser, and shares nothing with what wrote the page.
"""

import collections
import html.parser
import json
import re
import sys

VOID = {"meta", "br", "link", "img", "input", "hr", "base", "area", "col", "embed", "source", "track", "wbr"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.facts = {
            "lang": None, "title": "", "headings": [], "tables": [], "scripts": 0, "outside": [], "handlers": [],
            "unbalanced": [], "duplicate_ids": [], "unresolved_labels": [], "viewport": False, "policy": "", "landmarks": [],
            "images_without_text": 0, "times": 0,
        }
        self.open = []
        self.ids = collections.Counter()
        self.labels = []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        self.facts["handlers"] += [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            if attributes.get(name) and not attributes[name].startswith("#"):
                self.facts["outside"].append(f"{tag} {name}={attributes[name]}")
        if "id" in attributes:
            self.ids[attributes["id"]] += 1
        if "aria-labelledby" in attributes:
            self.labels.append(attributes["aria-labelledby"])
        if tag == "html":
            self.facts["lang"] = attributes.get("lang")
        elif tag == "script":
            self.facts["scripts"] += 1
        elif tag == "img" and not attributes.get("alt"):
            self.facts["images_without_text"] += 1
        elif tag == "meta":
            if attributes.get("name") == "viewport":
                self.facts["viewport"] = True
            if (attributes.get("http-equiv") or "").lower() == "content-security-policy":
                self.facts["policy"] = attributes.get("content", "")
        elif tag in ("main", "nav", "header", "footer"):
            self.facts["landmarks"].append(tag)
        elif re.fullmatch("h[1-6]", tag):
            self.facts["headings"].append([int(tag[1]), ""])
        elif tag == "table":
            self.facts["tables"].append({"caption": "", "columns": 0, "rows": [], "headers_without_scope": 0})
        elif tag == "tr" and self.facts["tables"]:
            self.facts["tables"][-1]["rows"].append({"header": 0, "cells": 0})
        elif tag == "th":
            table = self.facts["tables"][-1]
            if attributes.get("scope") not in ("col", "row"):
                table["headers_without_scope"] += 1
            if attributes.get("scope") == "col":
                table["columns"] += 1
            else:
                table["rows"][-1]["header"] += 1
        elif tag == "td":
            self.facts["tables"][-1]["rows"][-1]["cells"] += 1
        elif tag == "time" and attributes.get("datetime"):
            self.facts["times"] += 1

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.facts["unbalanced"].append(tag)
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data):
        if not self.open:
            return
        tag = self.open[-1]
        if tag == "title":
            self.facts["title"] += data
        elif re.fullmatch("h[1-6]", tag):
            self.facts["headings"][-1][1] += data
        elif tag == "caption":
            self.facts["tables"][-1]["caption"] += data
        elif tag == "style":
            self.facts["outside"] += re.findall(r"@import[^;]*|url\([^)]*\)", data)


page = Page()
page.feed(sys.stdin.read())
page.close()
page.facts["unbalanced"] += page.open
page.facts["duplicate_ids"] = [name for name, count in page.ids.items() if count > 1]
page.facts["unresolved_labels"] = [name for name in page.labels if name not in page.ids]
json.dump(page.facts, sys.stdout)
