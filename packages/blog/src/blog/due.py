"""Lists the posts that became due in a span of time, for the workflow that publishes scheduled posts.

It needs nothing but Python for front matter of the common form, because that workflow installs no packages.
"""

from __future__ import annotations

from pathlib import Path

from blog.post import Post
from blog.post_parser import parse_post
from blog.sources import walk_sources


def list_due_posts(root: Path, since: str, until: str, time_zone: str) -> list[Post]:
    """Returns the posts with a date from `since` to `until`, times from `format_timestamp`, the oldest first."""
    posts = []
    for file, (is_post, is_draft) in walk_sources(str(root)).markdown.items():
        text = (root / file).read_text(encoding="utf-8", errors="replace")
        post, _, problems = parse_post(file, text, needs_date=is_post, time_zone=time_zone)
        if post and not problems and not (post.draft or is_draft) and since <= post.published_at <= until:
            posts.append(post)
    return sorted(posts, key=lambda post: post.published_at)
