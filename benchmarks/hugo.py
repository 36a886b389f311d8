"""Creates a Hugo site with the same posts. Hugo is the fastest other generator for small blogs.

The site has the same kinds of pages: posts with neighbors, lists of ten, tags, feeds, a sitemap, highlighted code. It
has no social cards, no search index and no content security policy, which the site builder creates in its time.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from load import find_program

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


def read_name() -> str:
    """Returns the name and version, such as `Hugo 0.111.3`."""
    output = subprocess.run([find_program("hugo"), "version"], capture_output=True, text=True, check=True).stdout
    return "Hugo " + output.split()[1].removeprefix("v").partition("-")[0].partition("+")[0]


def create_site(root: Path, folder: Path) -> None:
    """Creates a site in `folder` with the posts and images of the content folder `root`."""
    (folder / "layouts/_default").mkdir(parents=True)
    (folder / "config.toml").write_text(CONFIG)
    for layout, text in {"baseof": BASE, "single": POST, "list": LIST, "taxonomy": LIST, "terms": LIST}.items():
        (folder / f"layouts/_default/{layout}.html").write_text(text)
    (folder / "layouts/404.html").write_text('{{ define "main" }}<h1>Not found</h1>{{ end }}')
    shutil.copytree(root / "content", folder / "content/posts")
    if (root / "images").is_dir():
        shutil.copytree(root / "images", folder / "static/images")


def build_command(folder: Path) -> list[str | Path]:
    """Returns the command that builds the site in `folder`."""
    return [
        find_program("hugo"),
        "--quiet",
        "--source",
        folder,
        "--destination",
        folder / "out",
        "--cacheDir",
        folder / "cache",
    ]
