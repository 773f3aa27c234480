"""What a page would load from elsewhere."""

import pytest

from analysis.reporting.resources import external_resources


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<a href="https://a.example">follow</a>', []),
        ('<img src="data:image/png;base64,AAAA">', []),
        ('<img src="a.png">', ["a.png"]),
        ('<img srcset="a.png 1x, //b.example/b.png 2x">', ["a.png", "//b.example/b.png"]),
        ('<script src="https://a.example/x.js"></script>', ["https://a.example/x.js"]),
        ('<link rel="stylesheet" href="x.css"><link rel="alternate" href="x.fr.html">', ["x.css"]),
        ('<link rel="icon" href="data:,">', []),
        ("<style>@import 'x.css'; a { background: url(\"https://a.example/b.png\") }</style>", ["x.css", "https://a.example/b.png"]),
        ('<p style="background:url(x.png)">url(https://not.example)</p>', ["x.png"]),
        ('<svg><use href="#a"/><image xlink:href="http://a.example/i.png"/></svg>', ["http://a.example/i.png"]),
        ('<svg><path clip-path="url(#c)" fill="url(#g)"/></svg>', []),
        ('<img src="data:image/svg+xml,%3Csvg%3E%3Cimage href=\'http://a.example/i\'/%3E%3C/svg%3E">', ["http://a.example/i"]),
        ('<img src="data:image/svg+xml;base64,PHN2Zz48aW1hZ2UgaHJlZj0iaHR0cDovL2EvaSIvPjwvc3ZnPg==">', ["http://a/i"]),
        ('<iframe src="https://a.example"></iframe><object data="x.svg"></object>', ["https://a.example", "x.svg"]),
        ('<video poster="p.png" src="v.mp4"></video>', ["p.png", "v.mp4"]),
    ],
)  # fmt: skip
def test_external_resources(html: str, found: list[str]) -> None:
    assert external_resources(html) == found
