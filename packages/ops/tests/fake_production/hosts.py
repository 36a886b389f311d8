"""How the hosts of production answer: GitHub Pages for what is static, Railway's edge for the service."""

from __future__ import annotations

import secrets

from fake_production.edge import Request, Response, Serve, forward


def redirect(url: str) -> Response:
    """Returns a permanent redirect."""
    return Response(301, [("location", url), ("content-length", "0")])


def require_https(serve: Serve) -> Serve:
    """Redirects requests without TLS to https, a POST as well, as both hosts do."""
    return lambda request: (
        redirect(f"https://{request.host}{request.path}") if request.scheme == "http" else serve(request)
    )


def serve_pages(port: int) -> Serve:
    """Serves a site as GitHub Pages does: no headers of our own, ten minutes of caching, and no HSTS."""

    def serve(request: Request) -> Response:
        response = forward(port, request)
        for name, value in {
            "server": "GitHub.com",
            "cache-control": "max-age=600",
            "access-control-allow-origin": "*",
            "x-github-request-id": secrets.token_hex(8).upper(),
            "via": "1.1 varnish",
            "x-cache": "HIT",
        }.items():
            response = response.with_header(name, value)
        return response

    return require_https(serve)


def redirect_to(host: str) -> Serve:
    """Redirects to the same path of another host, as Pages does with `www`."""
    return lambda request: redirect(f"https://{host}{request.path}")


def serve_railway(port: int) -> Serve:
    """Serves the service behind Railway's edge, which adds who asks and how."""

    def serve(request: Request) -> Response:
        request_id = secrets.token_hex(11)
        headers = {
            "x-forwarded-for": request.address,
            "x-real-ip": request.address,
            "x-forwarded-proto": request.scheme,
            "x-forwarded-host": request.host,
            "x-railway-request-id": request_id,
        }
        response = forward(port, request, **headers)
        return response.with_header("server", "railway-edge").with_header("x-railway-request-id", request_id)

    return require_https(serve)
