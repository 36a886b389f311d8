"""The site engine: Markdown posts and the landing page to static files."""
