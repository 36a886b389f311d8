r"""One normalizer for search, sorting and matching, and an index of the words of every record.

`normalize_text` decides which letters count as equal. `search_words` and `search_pieces` split text into words, for the
index and for a query alike. Each kind of record has a table of words, which triggers keep up to date.
`docs/decisions/0028-search.md` gives the reasons.

The columns `search`, their indexes, `fold`, `search_words(text, text)` and `dated` stay for the release before, filled
with the new words because that takes less time. The next release drops them.
"""

from alembic import op

revision = "0017"
down_revision = "0016"

# Code points, because classes such as [[:alnum:]] depend on the locale of the database.
MARKS = (
    r"\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061c\u0640\u064b-\u065f\u0670"
    r"\u180e\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\ufe00-\ufe0f\ufeff"
)
PUNCTUATION = (
    r"\u0001-\u0008\u000e-\u001b!-/:-@[-`{-\u0084\u0086-\u009f\u00a1-\u00bf\u00d7\u00f7\u02b9-\u02df\u037e\u0387"
    r"\u055a-\u055f\u0589\u058a\u05be\u05c0\u05c3\u05f3\u05f4\u0609-\u060d\u061b-\u061f\u066a-\u066d\u06d4"
    r"\u0964\u0965\u0e3f\u0e4f\u0e5a\u0e5b\u2010-\u2027\u2030-\u205e\u20a0-\u20cf\u2100-\u2101\u2103-\u2106"
    r"\u2190-\u2bff\u2e00-\u2e7f\u3001-\u3004\u3008-\u3020\u3030\u303d\u30a0\u30fb\ue000-\uf8ff\ufe10-\ufe6f"
    r"\ufff9-\uffff\U0001f000-\U0001faff"
)
SPACES = r"\u0009-\u000d\u001c-\u001f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# Scripts that put no spaces between words: Thai to Myanmar, Khmer, kana, Han.
UNSPACED = r"\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u9fff\U00020000-\U0003ffff"


def _replacing(name: str, argument: str, characters: str, by: str) -> str:
    """A function that replaces all runs of these characters in a text."""
    return f"""CREATE FUNCTION {name}({argument} text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
    RETURN regexp_replace({argument}, '[{characters}]+', '{by}', 'g');
END
$$;
"""


NORMALIZE = rf"""
-- Letters without case, accents and invisible characters, and digits as 0 to 9. Equal results count as equal text.
CREATE FUNCTION normalize_text(given text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    plain text;
BEGIN
    IF octet_length(given) = length(given) THEN
        RETURN lower(given);
    END IF;
    plain := lower(regexp_replace(normalize(given, NFKD), '[{MARKS}]+', '', 'g'));
    plain := translate(
        plain,
        'łøđðıħŧŋĸςƒɨȷѐ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९',
        'loddihtnkσfijе012345678901234567890123456789'
    );
    plain := replace(replace(replace(replace(plain, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
    -- This puts together what belongs together in other scripts, such as Korean syllables.
    RETURN normalize(plain, NFC);
END
$$;

-- The key that sorts and matches names. It is short enough for an index and for the cursor of a list.
CREATE FUNCTION name_key(name text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
    RETURN left(btrim(regexp_replace(public.normalize_text(name), '[ {SPACES}]+', ' ', 'g')), 100);
END
$$;

-- Normalized text with one kind of space. A plain space is the fastest to split at.
{_replacing("search_spaced", "normalized", SPACES, " ")}
-- The runs of letters and digits of spaced text, in order. A run of a script without spaces becomes its pairs of
-- neighboring characters. `indexed` also gives its last character alone, so that each character begins a word.
CREATE FUNCTION search_runs(spaced text, indexed boolean) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    separated text := regexp_replace(spaced, '[{PUNCTUATION}]+', ' ', 'g');
    pieces text[] := '{{}}';
    run text;
BEGIN
    IF octet_length(separated) = length(separated) OR separated !~ '[{UNSPACED}]' THEN
        RETURN array_remove(string_to_array(separated, ' '), '');
    END IF;
    separated := btrim(regexp_replace(separated, '([{UNSPACED}]+)', ' \1 ', 'g'));
    FOREACH run IN ARRAY regexp_split_to_array(separated, ' +') LOOP
        IF run ~ '^[{UNSPACED}]' THEN
            pieces := pieces || ARRAY(
                SELECT concat(letter, lead(letter) OVER (ORDER BY place))
                FROM unnest(string_to_array(run, NULL)) WITH ORDINALITY AS letters (letter, place)
                ORDER BY place
                LIMIT CASE WHEN indexed OR length(run) = 1 THEN NULL ELSE length(run) - 1 END
            );
        ELSE
            pieces := pieces || run;
        END IF;
    END LOOP;
    RETURN pieces;
END
$$;

-- Spaced text without punctuation, so that each token is one word.
{_replacing("search_joined", "spaced", PUNCTUATION, "")}
-- The normalized text with the usual spelling of its umlauts: `mueller` for Müller. NULL where it has none.
CREATE FUNCTION search_respelling(given text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    lowered text;
BEGIN
    IF octet_length(given) = length(given) THEN
        RETURN NULL;
    END IF;
    lowered := lower(normalize(given, NFC));
    IF lowered !~ '[äöüøå]' THEN
        RETURN NULL;
    END IF;
    RETURN public.search_spaced(public.normalize_text(
        replace(replace(replace(replace(replace(lowered, 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ø', 'oe'), 'å', 'aa')
    ));
END
$$;

-- The words of a text, repeated ones too: every run of letters and digits, and every token as a whole without its
-- punctuation. ISO-27001 gives iso, 27001 and iso27001. Only the first 100 characters of a word count.
CREATE FUNCTION search_words(given text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    spaced text := public.search_spaced(public.normalize_text(given));
    respelled text := public.search_respelling(given);
    joined text := public.search_joined(spaced);
    words text[] := public.search_runs(spaced, true);
BEGIN
    IF joined <> spaced THEN
        words := words || array_remove(string_to_array(joined, ' '), '');
    END IF;
    IF respelled IS NOT NULL THEN
        words := words || public.search_runs(respelled, true);
    END IF;
    IF spaced ~ '[^ ]{{100}}' THEN
        words := ARRAY(SELECT left(word, 100) FROM unnest(words) AS word);
    END IF;
    RETURN words;
END
$$;

-- Every ending of four or more digits of a phone number, without (0) and leading zeros, with = before it. So a number
-- is found by its first digits with and without country code, and by its last.
CREATE FUNCTION search_phone_words(phone text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    digits text;
    endings text[] := '{{}}';
BEGIN
    IF phone = '' THEN
        RETURN endings;
    END IF;
    digits := ltrim(regexp_replace(regexp_replace(
        public.normalize_text(phone), '\(\s*0\s*\)', '', 'g'), '[^0-9]+', '', 'g'), '0');
    FOR place IN 1 .. length(digits) - 3 LOOP
        endings := endings || ('=' || substr(digits, place));
    END LOOP;
    RETURN endings;
END
$$;

-- What is indexed of a record. Words of `title` count more than those of `body`: they are held once more with = before
-- them, and their first one and two letters with ^. Words of `aside` count less, and have ~ before them. `marks` are
-- words that no text holds. There are no subqueries, because each would take longer than all the rest.
CREATE FUNCTION search_document(id bigint, title text, phone text, body text, aside text, marks text[])
    RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    words text[] := marks || ('@b' || id / 2048);
    titles text[];
    joined text;
BEGIN
    titles := public.search_words(title || ' ' || phone);
    IF titles <> '{{}}' THEN
        joined := array_to_string(titles, ' ');
        words := words || titles || public.search_phone_words(phone)
            || string_to_array('=' || replace(joined, ' ', ' ='), ' ')
            || string_to_array(ltrim(regexp_replace(joined, ' *([^ ])([^ ]?)[^ ]*', ' ^\1 ^\1\2', 'g')), ' ');
    END IF;
    -- A tsvector holds at most 1 MB.
    words := words || public.search_words(CASE WHEN octet_length(body) > 100000 THEN left(body, 33000) ELSE body END);
    IF aside <> '' THEN
        joined := array_to_string(public.search_words(
            CASE WHEN octet_length(aside) > 100000 THEN left(aside, 33000) ELSE aside END
        ), ' ~');
        IF joined <> '' THEN
            words := words || string_to_array('~' || joined, ' ');
        END IF;
    END IF;
    RETURN array_to_tsvector(words);
END
$$;
"""  # noqa: S608 character classes, no values

KINDS = ("leads", "contacts", "companies", "activities")
TABLES = "\n"
for kind in KINDS:
    TABLES += f"""CREATE TABLE search_{kind} (
    id    bigint PRIMARY KEY REFERENCES {kind} ON DELETE CASCADE,
    words tsvector NOT NULL
);
"""
for kind in KINDS:
    TABLES += f"CREATE INDEX search_{kind}_words ON search_{kind} USING gin (words);\n"
TABLES += """
-- The words of letters that the index holds, to find half words and words with a typo. No unique index: two
-- transactions that add the same word must not wait for each other, and a word that stands twice does no harm.
CREATE TABLE search_vocabulary (
    word text COLLATE "C" NOT NULL
);
CREATE FUNCTION search_trigrams(word text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ARRAY(SELECT substr(word, place, 3) FROM generate_series(1, length(word) - 2) AS place);
CREATE INDEX search_vocabulary_words ON search_vocabulary (word);
CREATE INDEX search_vocabulary_endings ON search_vocabulary (reverse(word) COLLATE "C");
CREATE INDEX search_vocabulary_trigrams ON search_vocabulary USING gin (search_trigrams(word));

-- Records that wait for the job that indexes them: most of those that were there before this migration, and those of a
-- company with very many after its name changed.
CREATE TABLE search_pending (
    kind text NOT NULL CHECK (kind IN ('leads', 'contacts', 'companies', 'activities')),
    id   bigint NOT NULL,
    PRIMARY KEY (kind, id)
);
"""


def _index(table: str, noun: str, words: str, join: str = "") -> str:
    """The function that indexes records of a table. `words` are arguments of `search_document`."""
    return f"""CREATE FUNCTION index_{table}(ids bigint[], new boolean DEFAULT false) RETURNS void
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    INSERT INTO search_{table} AS indexed (id, words)
    SELECT {noun}.id,
           search_document(
               {noun}.id,
{words}           )
    FROM {table} AS {noun}
{join}    WHERE {noun}.id = ANY (ids)
    FOR KEY SHARE OF {noun}
    ON CONFLICT (id) DO UPDATE SET words = excluded.words WHERE indexed.words <> excluded.words;
END
$$;

"""  # noqa: S608 names of tables, no values


def _join_company(noun: str) -> str:
    return f"    LEFT JOIN companies AS company ON company.id = {noun}.company_id\n"


def _notes(condition: str) -> str:
    """The notes of a record, newest first."""
    return f"""CASE WHEN NOT new THEN (
                   SELECT string_agg(body, ' ' ORDER BY note.id DESC)
                   FROM activities AS note
                   WHERE {condition}
                     AND note.kind IN ('note', 'call', 'meeting', 'email')
               ) END,
               '{{}}'
"""  # noqa: S608 our own condition


LEAD_WORDS = """\
               concat_ws(' ', lead.name, lead.email, lead.company, lead.reference, company.name),
               lead.phone,
               lead.message,
               concat_ws(
                   ' ', lead.next_action, lead.lost_reason,
                   CASE WHEN coalesce(lead.first_touch, lead.last_touch) IS NOT NULL THEN (
                       SELECT string_agg(value, ' ')
                       FROM (VALUES (lead.first_touch), (lead.last_touch)) AS touch (fields)
                       CROSS JOIN jsonb_each_text(touch.fields)
                       WHERE key <> 'at'
                   ) END,
                   CASE WHEN NOT new THEN (
                       SELECT string_agg(body, ' ' ORDER BY note.id DESC)
                       FROM activities AS note
                       WHERE note.lead_id = lead.id AND note.kind IN ('note', 'call', 'meeting', 'email')
                   ) END
               ),
               ARRAY[
                   '@m' || (extract(year FROM lead.created_at AT TIME ZONE 'UTC') * 100
                            + extract(month FROM lead.created_at AT TIME ZONE 'UTC'))::integer,
                   '@o' || coalesce(lead.owner_id, 0)
               ]
"""
CONTACT_WORDS = f"""\
               concat_ws(' ', contact.name, contact.email, company.name),
               contact.phone,
               concat_ws(' ', contact.job_title, contact.notes),
               {_notes("note.contact_id = contact.id AND note.lead_id IS NULL")}"""
COMPANY_WORDS = f"""\
               concat_ws(' ', company.name, company.domain, company.website),
               company.phone,
               company.notes,
               {_notes("note.company_id = company.id AND note.contact_id IS NULL AND note.lead_id IS NULL")}"""
INDEXING = f"""
-- Planning takes longer than indexing one record, so these functions are planned once. A `new` record has no notes yet.
{_index("leads", "lead", LEAD_WORDS, _join_company("lead"))}\
{_index("contacts", "contact", CONTACT_WORDS, _join_company("contact"))}\
{_index("companies", "company", COMPANY_WORDS)}\
-- What the system writes into timelines, such as changes of the status, is not indexed.
CREATE FUNCTION index_activities(ids bigint[]) RETURNS void
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    INSERT INTO search_activities AS indexed (id, words)
    SELECT id, search_document(id, '', '', body, '', '{{}}')
    FROM activities
    WHERE id = ANY (ids) AND kind IN ('note', 'call', 'meeting', 'email')
    FOR KEY SHARE
    ON CONFLICT (id) DO UPDATE SET words = excluded.words WHERE indexed.words <> excluded.words;
END
$$;
"""  # noqa: S608 our own functions

ADD_WORDS = """INSERT INTO search_vocabulary (word)
        SELECT added.word
        FROM (SELECT DISTINCT ltrim(unnest(tsvector_to_array(words)), '~') AS word FROM changed) AS added
        WHERE added.word > 'A' AND added.word NOT LIKE '^%' AND length(added.word) BETWEEN 3 AND 30
          AND NOT EXISTS (SELECT FROM search_vocabulary AS known WHERE known.word = added.word)
          AND translate(added.word, '0123456789', '') = added.word;
"""
TRIGGERS = """
-- A transaction that creates many records sets crm.indexing to `later` and then indexes them all by one statement,
-- which takes a quarter of the time.
CREATE FUNCTION search_added() RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    ids bigint[] := ARRAY(SELECT id FROM added);
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'leads' THEN PERFORM index_leads(ids, true);
        WHEN 'contacts' THEN PERFORM index_contacts(ids, true);
        ELSE PERFORM index_companies(ids, true);
    END CASE;
    RETURN NULL;
END
$$;
CREATE TRIGGER search_added AFTER INSERT ON leads REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT WHEN (current_setting('crm.indexing', true) IS DISTINCT FROM 'later')
    EXECUTE FUNCTION search_added();
CREATE TRIGGER search_added AFTER INSERT ON contacts REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT WHEN (current_setting('crm.indexing', true) IS DISTINCT FROM 'later')
    EXECUTE FUNCTION search_added();
CREATE TRIGGER search_added AFTER INSERT ON companies REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT WHEN (current_setting('crm.indexing', true) IS DISTINCT FROM 'later')
    EXECUTE FUNCTION search_added();

CREATE FUNCTION search_changed() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'leads' THEN PERFORM index_leads(ARRAY[NEW.id]);
        WHEN 'contacts' THEN PERFORM index_contacts(ARRAY[NEW.id]);
        ELSE PERFORM index_companies(ARRAY[NEW.id]);
    END CASE;
    RETURN NULL;
END
$$;
CREATE TRIGGER search_changed
    AFTER UPDATE OF name, email, phone, company, reference, message, next_action, lost_reason, first_touch, last_touch,
                    owner_id, company_id, created_at
    ON leads FOR EACH ROW EXECUTE FUNCTION search_changed();
CREATE TRIGGER search_changed AFTER UPDATE OF name, email, phone, job_title, notes, company_id ON contacts
    FOR EACH ROW WHEN (current_setting('crm.indexing', true) IS DISTINCT FROM 'later')
    EXECUTE FUNCTION search_changed();
CREATE TRIGGER search_changed AFTER UPDATE OF name, domain, website, phone, notes ON companies
    FOR EACH ROW EXECUTE FUNCTION search_changed();

-- Contacts and leads are found by the name of their company. More than 500 of each wait for the job.
CREATE FUNCTION search_company_renamed() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM index_contacts(ARRAY(SELECT id FROM contacts WHERE company_id = NEW.id ORDER BY id DESC LIMIT 500));
    PERFORM index_leads(ARRAY(SELECT id FROM leads WHERE company_id = NEW.id ORDER BY id DESC LIMIT 500));
    INSERT INTO search_pending (kind, id)
    (SELECT 'contacts', id FROM contacts WHERE company_id = NEW.id ORDER BY id DESC OFFSET 500)
    UNION ALL
    (SELECT 'leads', id FROM leads WHERE company_id = NEW.id ORDER BY id DESC OFFSET 500)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER search_renamed
    AFTER UPDATE OF name ON companies FOR EACH ROW WHEN (OLD.name <> NEW.name)
    EXECUTE FUNCTION search_company_renamed();

-- A note is found by itself, and with the lead, contact or company it was written on.
CREATE FUNCTION search_note_changed() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        PERFORM index_activities(ARRAY[NEW.id]);
        PERFORM index_places(NEW);
    END IF;
    IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE'
       AND (OLD.lead_id, OLD.contact_id, OLD.company_id) IS DISTINCT FROM (NEW.lead_id, NEW.contact_id, NEW.company_id)
    THEN
        PERFORM index_places(OLD);
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION index_places(note activities) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    IF note.lead_id IS NOT NULL THEN
        PERFORM index_leads(ARRAY[note.lead_id]);
    ELSIF note.contact_id IS NOT NULL THEN
        PERFORM index_contacts(ARRAY[note.contact_id]);
    ELSIF note.company_id IS NOT NULL THEN
        PERFORM index_companies(ARRAY[note.company_id]);
    END IF;
END
$$;
CREATE TRIGGER search_added AFTER INSERT ON activities
    FOR EACH ROW WHEN (NEW.kind IN ('note', 'call', 'meeting', 'email')) EXECUTE FUNCTION search_note_changed();
CREATE TRIGGER search_changed AFTER UPDATE OF kind, body, lead_id, contact_id, company_id ON activities
    FOR EACH ROW WHEN (NEW.kind IN ('note', 'call', 'meeting', 'email')) EXECUTE FUNCTION search_note_changed();
CREATE TRIGGER search_removed AFTER DELETE ON activities
    FOR EACH ROW WHEN (OLD.kind IN ('note', 'call', 'meeting', 'email')) EXECUTE FUNCTION search_note_changed();

-- Keeps the vocabulary in step with the index. A word that no record holds any more is deleted, so that nothing
-- remains of an erased person; words that the statistics count among the most common are not looked up.
CREATE FUNCTION search_vocabulary_changed() RETURNS trigger
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    gone text[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        ADD_WORDS
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF NOT EXISTS (SELECT FROM changed) THEN
            RETURN NULL;
        END IF;
        ADD_WORDS
        gone := ARRAY(
            SELECT ltrim(unnest(tsvector_to_array(words)), '~') FROM removed
            EXCEPT
            SELECT ltrim(unnest(tsvector_to_array(words)), '~') FROM changed
        );
    ELSE
        gone := ARRAY(SELECT DISTINCT ltrim(unnest(tsvector_to_array(words)), '~') FROM removed);
    END IF;
    IF gone = '{}' THEN
        RETURN NULL;
    END IF;
    DELETE FROM search_vocabulary AS known
    WHERE known.word = ANY (gone)
      AND known.word <> ALL (ARRAY(
          SELECT unnest(most_common_elems::text::text[])
          FROM pg_stats
          WHERE tablename IN ('search_leads', 'search_contacts', 'search_companies', 'search_activities')
            AND attname = 'words'
      ))
      AND NOT EXISTS (SELECT FROM search_leads WHERE words @@ format('''%1$s'' | ''~%1$s''', known.word)::tsquery)
      AND NOT EXISTS (SELECT FROM search_contacts WHERE words @@ format('''%1$s'' | ''~%1$s''', known.word)::tsquery)
      AND NOT EXISTS (SELECT FROM search_companies WHERE words @@ format('''%1$s'' | ''~%1$s''', known.word)::tsquery)
      AND NOT EXISTS (SELECT FROM search_activities WHERE words @@ format('''%1$s'' | ''~%1$s''', known.word)::tsquery);
    RETURN NULL;
END
$$;
""".replace("ADD_WORDS\n", ADD_WORDS)

VOCABULARY = "".join(
    f"""
CREATE TRIGGER vocabulary_add AFTER INSERT ON search_{kind} REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION search_vocabulary_changed();
CREATE TRIGGER vocabulary_change AFTER UPDATE ON search_{kind} REFERENCING OLD TABLE AS removed NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION search_vocabulary_changed();
CREATE TRIGGER vocabulary_remove AFTER DELETE ON search_{kind} REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION search_vocabulary_changed();
"""
    for kind in KINDS
)

# A migration may take five seconds a statement. So only the newest records are indexed here, the others by a job.
BACKFILL = """
SELECT index_leads(ARRAY(SELECT id FROM leads ORDER BY id DESC LIMIT 2000));
SELECT index_contacts(ARRAY(SELECT id FROM contacts ORDER BY id DESC LIMIT 2000));
SELECT index_companies(ARRAY(SELECT id FROM companies ORDER BY id DESC LIMIT 2000));
SELECT index_activities(ARRAY(
    SELECT id FROM activities WHERE kind IN ('note', 'call', 'meeting', 'email') ORDER BY id DESC LIMIT 2000
));
INSERT INTO search_pending (kind, id)
(SELECT 'leads', id FROM leads ORDER BY id DESC OFFSET 2000)
UNION ALL
(SELECT 'contacts', id FROM contacts ORDER BY id DESC OFFSET 2000)
UNION ALL
(SELECT 'companies', id FROM companies ORDER BY id DESC OFFSET 2000)
UNION ALL
(
    SELECT 'activities', id
    FROM activities
    WHERE kind IN ('note', 'call', 'meeting', 'email')
    ORDER BY id DESC
    OFFSET 2000
);
"""

# The words of the columns `search`. The release before looks for the beginnings of words, which these give too.
OLD_COLUMNS = """
CREATE OR REPLACE FUNCTION search_words(strong text, weak text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
    RETURN array_to_tsvector(public.search_words(strong || ' ' || weak));
END
$$;
"""

INDEXES = (
    'CREATE INDEX CONCURRENTLY leads_by_name_key ON leads (name_key(name) COLLATE "C", id)',
    'CREATE INDEX CONCURRENTLY contacts_by_name_key ON contacts (name_key(name) COLLATE "C", id)',
    'CREATE INDEX CONCURRENTLY companies_by_name_key ON companies (name_key(name) COLLATE "C", id)',
)


def upgrade() -> None:
    for statements in (NORMALIZE, TABLES, INDEXING, TRIGGERS, VOCABULARY, BACKFILL, OLD_COLUMNS):
        op.execute(statements)
