"""Which tree-sitter grammar reads which language, and what in its tree deserves a color.

Five classes: `k` keyword, `s` string, `c` comment, `n` number or constant, `f` the name of what is defined or called.
Keywords need no list: they are the grammar's unnamed leaves that begin with a letter.
"""

from __future__ import annotations

from typing import NamedTuple


class Grammar(NamedTuple):
    """What of a tree is colored. Node types are the grammar's own.

    `module` is the wheel's import name and `entry` its function that returns the language. `whole` colors a node from
    start to end, except for the `holes` directly inside it (an expression in a string). `names` are pairs of parent and
    leaf that are a name; `called` are pairs of parent and first child whose last leaf is one, as the method of a call.
    """

    module: str
    whole: dict[str, str]
    holes: frozenset[str] = frozenset()
    names: frozenset[tuple[str, str]] = frozenset()
    called: frozenset[tuple[str, str]] = frozenset()
    entry: str = "language"


def _whole(**kinds: str) -> dict[str, str]:
    return {node: kind for kind, nodes in kinds.items() for node in nodes.split()}


def _pairs(*pairs: str) -> frozenset[tuple[str, str]]:
    return frozenset((parent, child) for parent, child in (pair.split("/") for pair in pairs))


_SCRIPT = _whole(s="string template_string regex", c="comment", n="number true false null undefined", k="this super")
_SCRIPT_NAMES = (
    "call_expression/identifier",
    "new_expression/identifier",
    "function_declaration/identifier",
    "generator_function_declaration/identifier",
    "class_declaration/identifier",
    "method_definition/property_identifier",
)
_SCRIPT_CALLED = _pairs("call_expression/member_expression")
_SCRIPT_HOLES = frozenset({"template_substitution"})
_TYPED = {**_SCRIPT, "predefined_type": "k"}
_TYPED_NAMES = _pairs(
    *_SCRIPT_NAMES,
    "class_declaration/type_identifier",
    "interface_declaration/type_identifier",
    "type_alias_declaration/type_identifier",
    "enum_declaration/identifier",
)

GRAMMARS: dict[str, Grammar] = {
    "python": Grammar(
        "tree_sitter_python",
        _whole(s="string", c="comment", n="integer float true false none"),
        frozenset({"interpolation"}),
        _pairs(
            "function_definition/identifier", "class_definition/identifier", "call/identifier", "decorator/identifier"
        ),
        _pairs("call/attribute"),
    ),
    "bash": Grammar(
        "tree_sitter_bash",
        _whole(s="string raw_string ansi_c_string heredoc_body", c="comment", n="number"),
        frozenset({"simple_expansion", "expansion", "command_substitution", "arithmetic_expansion"}),
        _pairs("command_name/word", "function_definition/word"),
    ),
    "javascript": Grammar("tree_sitter_javascript", _SCRIPT, _SCRIPT_HOLES, _pairs(*_SCRIPT_NAMES), _SCRIPT_CALLED),
    "typescript": Grammar(
        "tree_sitter_typescript", _TYPED, _SCRIPT_HOLES, _TYPED_NAMES, _SCRIPT_CALLED, "language_typescript"
    ),
    "tsx": Grammar("tree_sitter_typescript", _TYPED, _SCRIPT_HOLES, _TYPED_NAMES, _SCRIPT_CALLED, "language_tsx"),
    "json": Grammar(
        "tree_sitter_json", _whole(s="string", n="number true false null", c="comment"), called=_pairs("pair/string")
    ),
    "html": Grammar(
        "tree_sitter_html",
        _whole(k="tag_name", f="attribute_name", s="quoted_attribute_value attribute_value", c="comment doctype"),
    ),
    "css": Grammar(
        "tree_sitter_css",
        _whole(
            k="tag_name at_keyword @media @import @supports @keyframes @charset important",
            f="class_name id_name property_name function_name",
            s="string_value",
            n="integer_value float_value color_value",
            c="comment js_comment",
        ),
    ),
    "toml": Grammar(
        "tree_sitter_toml",
        _whole(
            f="bare_key quoted_key dotted_key",
            s="string",
            c="comment",
            n="integer float boolean local_date local_date_time local_time offset_date_time",
        ),
    ),
    "yaml": Grammar(
        "tree_sitter_yaml",
        _whole(
            k="anchor alias tag",
            s="double_quote_scalar single_quote_scalar block_scalar",
            n="integer_scalar float_scalar boolean_scalar null_scalar",
            c="comment",
        ),
        called=_pairs("block_mapping_pair/flow_node", "flow_pair/flow_node"),
    ),
    "rust": Grammar(
        "tree_sitter_rust",
        _whole(
            k="mutable_specifier self super crate primitive_type",
            s="string_literal raw_string_literal char_literal",
            n="integer_literal float_literal boolean_literal",
            c="line_comment block_comment",
        ),
        names=_pairs(
            "function_item/identifier",
            "struct_item/type_identifier",
            "enum_item/type_identifier",
            "trait_item/type_identifier",
            "call_expression/identifier",
            "macro_invocation/identifier",
        ),
        called=_pairs("call_expression/field_expression", "call_expression/scoped_identifier"),
    ),
    "go": Grammar(
        "tree_sitter_go",
        _whole(
            s="interpreted_string_literal raw_string_literal rune_literal",
            n="int_literal float_literal true false nil iota",
            c="comment",
        ),
        names=_pairs(
            "function_declaration/identifier",
            "method_declaration/field_identifier",
            "type_spec/type_identifier",
            "call_expression/identifier",
        ),
        called=_pairs("call_expression/selector_expression"),
    ),
}

OTHER_NAMES = {
    "py": "python",
    "python3": "python",
    "sh": "bash",
    "shell": "bash",
    "zsh": "bash",
    "js": "javascript",
    "mjs": "javascript",
    "jsx": "javascript",
    "ts": "typescript",
    "jsonc": "json",
    "htm": "html",
    "svg": "html",
    "yml": "yaml",
    "rs": "rust",
    "golang": "go",
}
