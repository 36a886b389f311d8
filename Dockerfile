# The CRM: API, pages and worker. Railway tells the commit by itself; everywhere else:
#   docker build --build-arg COMMIT_SHA="$(git rev-parse HEAD)" --tag octatech-crm .
FROM python:3.13.15-slim-trixie@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS build
ENV PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore UV_LINK_MODE=copy UV_PYTHON=/usr/local/bin/python
WORKDIR /src
# The driver of object stores weighs 16 MB, so it stays only where FILES_URL names a store.
ARG FILES_URL=""
# Dependencies come first: a change of ours alone installs none of them anew. Dates and amounts are English, so the
# other languages of Babel stay out.
COPY requirements/uv.txt requirements/run.txt requirements/
RUN pip install --require-hashes --requirement requirements/uv.txt \
    && uv venv /app \
    && uv pip sync --python /app --require-hashes requirements/run.txt \
    && find /app -path '*/babel/locale-data/*' ! -name 'root.dat' ! -name 'en*.dat' -delete \
    && if [ -z "$FILES_URL" ]; then rm -rf /app/lib/python*/site-packages/obstore*; fi
COPY requirements/build.txt requirements/
COPY packages/shared packages/shared
COPY packages/crm packages/crm
COPY site.toml /app/
# Only what the service loads is compiled ahead: all of it would weigh a third more.
RUN uv pip install --python /app --no-deps --build-constraints requirements/build.txt ./packages/shared ./packages/crm \
    && /app/bin/python -c "import crm.__main__, crm.app, crm.migrate, crm.worker, uvicorn, uvloop"

FROM python:3.13.15-slim-trixie@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b
# Nothing is ever installed into the finished image.
RUN pip uninstall --yes --root-user-action=ignore pip
WORKDIR /app
COPY --from=build /app /app
ARG COMMIT_SHA=""
ENV APP_ENV=production \
    COMMIT_SHA=$COMMIT_SHA \
    PATH=/app/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SITE_FILE=/app/site.toml
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ.get('PORT', '8000') + '/api/v1/health', timeout=2)"]
CMD ["crm", "serve"]
