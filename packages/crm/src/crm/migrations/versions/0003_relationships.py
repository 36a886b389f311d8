"""Companies, contacts, leads and their shared timeline.

`fold` makes search blind to case and accents without an extension. A lead keeps the words it came with;
the contact and the company it points to hold what is known today.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

SQL = r"""
CREATE FUNCTION fold(words text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(normalize(lower(words), NFKD), '[\u0300-\u036f]', '', 'g');

-- An address is searched whole and in its parts: ada@acme.example gives ada, acme and example too.
CREATE FUNCTION search_words(strong text, weak text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN setweight(to_tsvector('simple', fold(strong) || ' ' || regexp_replace(fold(strong), '[@./_-]', ' ', 'g')), 'A')
        || setweight(to_tsvector('simple', fold(weak)), 'B');

CREATE TABLE companies (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL CHECK (name <> ''),
    domain     text UNIQUE CHECK (domain = lower(domain) AND domain <> ''),
    website    text NOT NULL DEFAULT '',
    phone      text NOT NULL DEFAULT '',
    notes      text NOT NULL DEFAULT '',
    demo       boolean NOT NULL DEFAULT false,
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    search     tsvector NOT NULL GENERATED ALWAYS AS (search_words(name || ' ' || coalesce(domain, ''), notes)) STORED
);
CREATE INDEX companies_newest ON companies (created_at, id);
CREATE INDEX companies_by_name ON companies (fold(name), id);
CREATE INDEX companies_by_update ON companies (updated_at, id);
CREATE INDEX companies_search ON companies USING gin (search);

CREATE TABLE contacts (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL CHECK (name <> ''),
    email      text NOT NULL DEFAULT '',
    email_key  text UNIQUE CHECK (email_key = lower(email_key) AND email_key <> ''),
    phone      text NOT NULL DEFAULT '',
    job_title  text NOT NULL DEFAULT '',
    company_id bigint REFERENCES companies ON DELETE RESTRICT,
    notes      text NOT NULL DEFAULT '',
    demo       boolean NOT NULL DEFAULT false,
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    search     tsvector NOT NULL GENERATED ALWAYS AS (search_words(name || ' ' || email, phone || ' ' || job_title || ' ' || notes)) STORED
);
CREATE INDEX contacts_of_company ON contacts (company_id, name, id);
CREATE INDEX contacts_newest ON contacts (created_at, id);
CREATE INDEX contacts_by_name ON contacts (fold(name), id);
CREATE INDEX contacts_by_update ON contacts (updated_at, id);
CREATE INDEX contacts_search ON contacts USING gin (search);

CREATE TABLE leads (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference      text NOT NULL UNIQUE,
    name           text NOT NULL CHECK (name <> ''),
    email          text NOT NULL DEFAULT '',
    phone          text NOT NULL DEFAULT '',
    company        text NOT NULL DEFAULT '',
    budget         text NOT NULL DEFAULT '',
    project_type   text NOT NULL DEFAULT '',
    message        text NOT NULL DEFAULT '',
    source         text NOT NULL DEFAULT '',
    channel        text NOT NULL CHECK (channel IN ('site', 'api', 'manual')),
    status         text NOT NULL DEFAULT 'new'
                   CHECK (status IN ('new', 'contacted', 'qualified', 'proposal', 'won', 'lost')),
    value          numeric(12, 2) NOT NULL DEFAULT 0 CHECK (value >= 0),
    currency       text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
    hours          integer NOT NULL DEFAULT 0 CHECK (hours >= 0),
    next_action    text NOT NULL DEFAULT '',
    next_action_on date,
    lost_reason    text NOT NULL DEFAULT '',
    owner_id       bigint REFERENCES users ON DELETE SET NULL,
    contact_id     bigint REFERENCES contacts ON DELETE RESTRICT,
    company_id     bigint REFERENCES companies ON DELETE RESTRICT,
    first_touch    jsonb,
    last_touch     jsonb,
    demo           boolean NOT NULL DEFAULT false,
    version        integer NOT NULL DEFAULT 1,
    received_at    timestamptz NOT NULL,
    status_at      timestamptz NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    search         tsvector NOT NULL GENERATED ALWAYS AS (
                       search_words(name || ' ' || email || ' ' || company || ' ' || reference, message)) STORED,
    CHECK (status <> 'lost' OR lost_reason <> ''),
    CHECK (next_action_on IS NULL OR next_action <> '')
);
CREATE INDEX leads_newest ON leads (created_at, id);
CREATE INDEX leads_by_status ON leads (status, created_at, id);
CREATE INDEX leads_by_name ON leads (fold(name), id);
CREATE INDEX leads_by_value ON leads (value, id);
CREATE INDEX leads_by_update ON leads (updated_at, id);
CREATE INDEX leads_due ON leads (next_action_on, id) WHERE next_action_on IS NOT NULL AND status NOT IN ('won', 'lost');
CREATE INDEX leads_of_contact ON leads (contact_id, created_at DESC);
CREATE INDEX leads_of_company ON leads (company_id, created_at DESC);
CREATE INDEX leads_of_owner ON leads (owner_id, created_at, id);
CREATE INDEX leads_search ON leads USING gin (search);

-- One line of a timeline. It may show on several records; each is a real reference, so none can dangle.
CREATE TABLE activities (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('note', 'call', 'meeting', 'email', 'status', 'system')),
    body       text NOT NULL CHECK (body <> ''),
    lead_id    bigint REFERENCES leads ON DELETE CASCADE,
    contact_id bigint REFERENCES contacts ON DELETE CASCADE,
    company_id bigint REFERENCES companies ON DELETE CASCADE,
    by_kind    text NOT NULL CHECK (by_kind IN ('person', 'key', 'visitor', 'system')),
    by_id      bigint,
    by_name    text NOT NULL,
    version    integer NOT NULL DEFAULT 1,
    at         timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CHECK (num_nonnulls(lead_id, contact_id, company_id) > 0)
);
CREATE INDEX activities_of_lead ON activities (lead_id, at DESC, id DESC);
CREATE INDEX activities_of_contact ON activities (contact_id, at DESC, id DESC);
CREATE INDEX activities_of_company ON activities (company_id, at DESC, id DESC);
CREATE INDEX activities_newest ON activities (created_at, id);
"""


def upgrade() -> None:
    op.execute(SQL)
