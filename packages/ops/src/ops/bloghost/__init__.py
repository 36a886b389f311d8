"""What the blog's own host serves: the blog, or, where the blog is a path of the site, redirects to it."""
