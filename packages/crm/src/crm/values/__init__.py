"""Values that people type, each in one normal form, and how amounts and dates are shown.

Every function is pure. A function that cannot understand a value raises `ValueError` with a sentence for its field.
"""

from crm.values.characters import clean_line, has_visible_character, make_comparable, remove_format_characters
from crm.values.csv_cells import make_safe_cell, read_safe_cell
from crm.values.currencies import normalize_currency
from crm.values.dates import FIRST_YEAR, LAST_YEAR, in_zone, is_in_range, normalize_moment, parse_moment
from crm.values.domains import normalize_domain, registrable_domain, to_ascii
from crm.values.emails import find_email_error, get_email_domain, normalize_email, to_ascii_email
from crm.values.labeled_names import LabeledName
from crm.values.links import mailto_url, phone_url
from crm.values.normal_form import Currency, Email, Line, NormalForm, Phone
from crm.values.phones import normalize_phone, tidy_phone
from crm.values.placeholders import PLACEHOLDERS, is_placeholder
from crm.values.websites import normalize_website

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "PLACEHOLDERS",
    "Currency",
    "Email",
    "LabeledName",
    "Line",
    "NormalForm",
    "Phone",
    "clean_line",
    "find_email_error",
    "get_email_domain",
    "has_visible_character",
    "in_zone",
    "is_in_range",
    "is_placeholder",
    "mailto_url",
    "make_comparable",
    "make_safe_cell",
    "normalize_currency",
    "normalize_domain",
    "normalize_email",
    "normalize_moment",
    "normalize_phone",
    "normalize_website",
    "parse_moment",
    "phone_url",
    "read_safe_cell",
    "registrable_domain",
    "remove_format_characters",
    "tidy_phone",
    "to_ascii",
    "to_ascii_email",
]
