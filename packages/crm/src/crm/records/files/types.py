"""Which files are accepted, and what type of file one is. The type that a sender claims counts for nothing."""

from __future__ import annotations

from mimetypes import MimeTypes

from crm.values import clean_line

MAX_NAME = 200
HEAD = 1024
"""Bytes of the beginning that are looked at."""
UNKNOWN = "application/octet-stream"
_PROGRAMS = frozenset(
    {
        "apk", "app", "application", "bat", "cmd", "com", "cpl", "deb", "dll", "dmg", "exe", "gadget", "hta", "jar",
        "js", "jse", "lnk", "msc", "msi", "msp", "pif", "pkg", "ps1", "psm1", "reg", "rpm", "scf", "scr", "sh", "so",
        "sys", "url", "vb", "vbe", "vbs", "wsf", "wsh", "xbap",
    }
)  # fmt: skip
"""The endings of files that a system runs when somebody opens them."""
_MACHINE_CODE = (
    b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
    b"#!/",
)  # fmt: skip
"""How programs of Linux, Java and macOS begin, and scripts. Those of Windows begin with MZ."""
_SIGNATURES = {
    "application/pdf": (b"%PDF-",),
    "application/zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/webp": (b"RIFF",),
}
"""How files of these types begin."""
_OFFICE = "application/vnd.openxmlformats-officedocument."
_ZIPPED = (_OFFICE, "application/vnd.oasis.")
"""These types are ZIP archives."""
_MORE = {
    ".docx": f"{_OFFICE}wordprocessingml.document",
    ".xlsx": f"{_OFFICE}spreadsheetml.sheet",
    ".pptx": f"{_OFFICE}presentationml.presentation",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".webp": "image/webp",
    ".md": "text/markdown",
}
_known = MimeTypes()
for _ending, _type in _MORE.items():
    _known.add_type(_type, _ending)


def clean_name(raw: str) -> str:
    """The name on one line, without folders: a path would lead elsewhere when the file is saved."""
    name = clean_line(raw.replace("\x00", "")).replace("\\", "/").rpartition("/")[2].strip(". ")
    stem, dot, ending = name.rpartition(".")
    kept = max(MAX_NAME - len(dot + ending), 0)
    return name if len(name) <= MAX_NAME else f"{stem[:kept]}{dot}{ending}"[:MAX_NAME]


def find_name_refusal(name: str) -> str:
    """Why a file with this name is not accepted; empty if it is."""
    if not name:
        return "Give the file a name."
    return _describe_program(name) if name.lower().rpartition(".")[2] in _PROGRAMS else ""


def find_refusal(name: str, head: bytes) -> str:
    """Why a file with this name and beginning is not accepted; empty if it is."""
    if not head:
        return f"“{name}” is empty. Choose another file."
    is_program = head.startswith(_MACHINE_CODE) or (head.startswith(b"MZ") and b"\x00" in head)
    return find_name_refusal(name) or (_describe_program(name) if is_program else "")


def _describe_program(name: str) -> str:
    return f"“{name}” is a program. Programs are not accepted, so send a link to it instead."


def find_type(name: str, head: bytes) -> str:
    """The type by the ending of the name, unless the content begins as no file of that type does."""
    kind, encoding = _known.guess_type(name.lower(), strict=True)
    if kind is None or encoding is not None:
        return UNKNOWN
    expected = _SIGNATURES.get("application/zip" if kind.startswith(_ZIPPED) else kind)
    return kind if expected is None or head.startswith(expected) else UNKNOWN
