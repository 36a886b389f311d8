"""Days are those of the site's time zone; an offset that the author wrote is kept."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from blog.post_parser import load_time_zone


def read_time(project, name="a"):
    return re.search(r'<time datetime="([^"]+)">([^<]+)</time>', project.read_page(f"{name}/index.html")).groups()


@pytest.mark.parametrize("zone", ["UTC", "Europe/Bucharest", "America/Los_Angeles"])
def test_an_offset_that_was_written_is_kept(project, zone):
    project.write("blog.toml", f'time_zone = "{zone}"\n')
    project.write_post("a", date="2026-03-01T08:00:00+09:00")
    project.build()
    assert read_time(project) == ("2026-03-01T08:00:00+09:00", "1 Mar 2026")
    assert "<b>1 Mar</b>" not in project.read_page("archive/index.html")
    assert ">1 Mar 2026</time>" in project.read_page("archive/index.html")
    assert ">1 Mar 2026</time>" in project.read_page("index.html")
    channel = ElementTree.fromstring(project.read_page("rss.xml"))[0]
    assert channel.findtext("item/pubDate") == "Sun, 01 Mar 2026 08:00:00 +0900"
    assert "<published>2026-03-01T08:00:00+09:00</published>" in project.read_page("atom.xml")
    assert json.loads(project.read_page("posts.json"))[0]["date"] == "2026-03-01T08:00:00+09:00"


@pytest.mark.parametrize(
    ("zone", "date", "written"),
    [
        ("Europe/Bucharest", "2026-07-01", "2026-07-01T00:00:00+03:00"),
        ("Europe/Bucharest", "2026-01-31T23:30:00", "2026-01-31T23:30:00+02:00"),
        ("UTC", "2026-01-31T23:30", "2026-01-31T23:30:00Z"),
        ("America/New_York", "2026-01-31 09:00:00 -0500", "2026-01-31T09:00:00-05:00"),
    ],
)
def test_a_date_without_an_offset_is_in_the_time_zone_of_the_site(project, zone, date, written):
    project.write("blog.toml", f'time_zone = "{zone}"\n')
    project.write_post("a", date=f"'{date}'")
    project.build(now=datetime(2027, 1, 1, tzinfo=UTC))
    assert read_time(project)[0] == written


def test_a_post_appears_at_midnight_of_the_site(project):
    project.write("blog.toml", 'time_zone = "Asia/Tokyo"\n')
    project.write_post("a", date="2026-06-02")
    assert project.build(now=datetime(2026, 6, 1, 14, 59, tzinfo=UTC)).posts == 0
    assert project.build(now=datetime(2026, 6, 1, 15, 0, tzinfo=UTC)).posts == 1


def test_posts_are_sorted_by_moment_and_not_by_text(project):
    project.write_post("later", date="2026-03-01T08:00:00+09:00")
    project.write_post("earlier", date="2026-02-28T22:30:00Z")
    project.build()
    page = project.read_page("index.html")
    assert page.index(">later<") < page.index(">earlier<")


def test_another_time_zone_changes_the_days_of_a_cached_build(project):
    project.write_post("a", date="2026-03-01")
    project.build()
    project.write("blog.toml", 'time_zone = "Asia/Tokyo"\n')
    project.build()
    assert read_time(project)[0] == "2026-03-01T00:00:00+09:00"


def test_the_year_of_the_archive_is_that_of_the_day_shown(project):
    project.write_post("a", date="2026-01-01T00:30:00+02:00")
    project.build()
    assert '<h2 id="y2026">2026</h2>' in project.read_page("archive/index.html")


def test_an_unknown_time_zone_is_named():
    with pytest.raises(ValueError, match="Mars"):
        load_time_zone("Mars/Olympus")
