"""The site builder: turns Markdown posts and the landing page into static files."""
