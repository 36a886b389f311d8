"""How the hosts of production answer: GitHub Pages for what is static, Railway's edge for the service."""

from __future__ import annotations

import secrets

from lookalike.edge import Answer, Asked, Serve, passed_on


def moved(url: str) -> Answer:
    return Answer(301, [("location", url), ("content-length", "0")])


def secured(serve: Serve) -> Serve:
    """As both hosts do it: whatever comes in the clear is led to https, a POST as well."""
    return lambda asked: moved(f"https://{asked.host}{asked.path}") if asked.scheme == "http" else serve(asked)


def pages(port: int) -> Serve:
    """A site on GitHub Pages: no headers of one's own, ten minutes of caching, and no HSTS."""

    def serve(asked: Asked) -> Answer:
        answer = passed_on(port, asked)
        for name, value in {
            "server": "GitHub.com",
            "cache-control": "max-age=600",
            "access-control-allow-origin": "*",
            "x-github-request-id": secrets.token_hex(8).upper(),
            "via": "1.1 varnish",
            "x-cache": "HIT",
        }.items():
            answer = answer.having(name, value)
        return answer

    return secured(serve)


def elsewhere(host: str) -> Serve:
    """What Pages does with `www` where the site has the name without it."""
    return lambda asked: moved(f"https://{host}{asked.path}")


def railway(port: int) -> Serve:
    """The service behind Railway's edge, which says who asks and how."""

    def serve(asked: Asked) -> Answer:
        request = secrets.token_hex(11)
        told = {
            "x-forwarded-for": asked.address,
            "x-real-ip": asked.address,
            "x-forwarded-proto": asked.scheme,
            "x-forwarded-host": asked.host,
            "x-railway-request-id": request,
        }
        answer = passed_on(port, asked, **told)
        return answer.having("server", "railway-edge").having("x-railway-request-id", request)

    return secured(serve)
