"""Hugo on the same posts, as what the blog's engine is compared with: the quickest of the others on small blogs.

Its site has the same kinds of pages: posts with neighbors, lists of ten, tags, feeds, a sitemap, highlighted code.
It makes no cards, no search index and no content policy, which the engine does in its time.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from load import need

CONFIG = """\
baseURL = "https://example.org/"
title = "Octatech"
paginate = 10
[taxonomies]
tag = "tags"
[markup.highlight]
noClasses = false
[sitemap]
filename = "sitemap.xml"
"""
BASE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ .Title }}</title>
<meta name="description" content="{{ .Description }}">
<link rel="canonical" href="{{ .Permalink }}">
<meta property="og:title" content="{{ .Title }}"><meta property="og:description" content="{{ .Description }}">
<meta property="og:url" content="{{ .Permalink }}"><meta property="og:type" content="article">
<style>body{max-width:68ch;margin:auto;font:1rem/1.6 system-ui}pre{overflow-x:auto}</style>
</head>
<body><header><a href="/">{{ .Site.Title }}</a></header><main>{{ block "main" . }}{{ end }}</main></body>
</html>
"""
POST = """\
{{ define "main" }}<article><h1>{{ .Title }}</h1><time datetime="{{ .Date }}">{{ .Date.Format "2 Jan 2006" }}</time>
<p>{{ .ReadingTime }} min</p>{{ .Content }}
<ul>{{ range .GetTerms "tags" }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}</ul></article>
<nav>{{ with .PrevInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}
{{ with .NextInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}</nav>{{ end }}
"""
LIST = """\
{{ define "main" }}<h1>{{ .Title }}</h1>{{ range (.Paginate .RegularPagesRecursive).Pages }}<article>
<h2><a href="{{ .RelPermalink }}">{{ .Title }}</a></h2><p>{{ .Description }}</p></article>{{ end }}
{{ with .Paginator.Prev }}<a href="{{ .URL }}">Newer</a>{{ end }}
{{ with .Paginator.Next }}<a href="{{ .URL }}">Older</a>{{ end }}{{ end }}
"""


def name() -> str:
    """What it is called, such as `Hugo 0.111.3`."""
    said = subprocess.run([need("hugo"), "version"], capture_output=True, text=True, check=True).stdout
    return "Hugo " + said.split()[1].removeprefix("v").partition("-")[0].partition("+")[0]


def furnish(root: Path, place: Path) -> None:
    """A site in `place` with the posts and pictures of the content folder `root`."""
    (place / "layouts/_default").mkdir(parents=True)
    (place / "config.toml").write_text(CONFIG)
    for layout, text in {"baseof": BASE, "single": POST, "list": LIST, "taxonomy": LIST, "terms": LIST}.items():
        (place / f"layouts/_default/{layout}.html").write_text(text)
    (place / "layouts/404.html").write_text('{{ define "main" }}<h1>Not found</h1>{{ end }}')
    shutil.copytree(root / "content", place / "content/posts")
    if (root / "images").is_dir():
        shutil.copytree(root / "images", place / "static/images")


def command(place: Path) -> list[str | Path]:
    """What builds the site in `place`."""
    return [need("hugo"), "--quiet", "--source", place, "--destination", place / "out", "--cacheDir", place / "cache"]
