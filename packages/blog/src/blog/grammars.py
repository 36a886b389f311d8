"""The tree-sitter grammars and which nodes of their trees are colored.

There are five CSS classes: `k` keyword, `s` string, `c` comment, `n` number or constant, and `f` name of a definition
or call. Keywords need no list: they are the grammar's unnamed leaves that begin with a letter.
"""

from __future__ import annotations

from typing import NamedTuple


class Grammar(NamedTuple):
    """The colored nodes of a language, by the grammar's node types.

    `module` is the package to import and `entry` its function that returns the language. `classes` gives whole nodes a
    CSS class, except for `interpolations` inside them (an expression in a string). `names` are pairs of parent and leaf
    where the leaf is a name. `callees` are pairs of parent and first child where the last leaf of the child is a name,
    such as the method of a call.
    """

    module: str
    classes: dict[str, str]
    interpolations: frozenset[str] = frozenset()
    names: frozenset[tuple[str, str]] = frozenset()
    callees: frozenset[tuple[str, str]] = frozenset()
    entry: str = "language"


def _map(**nodes: str) -> dict[str, str]:
    return {node: css_class for css_class, names in nodes.items() for node in names.split()}


def _pair(*paths: str) -> frozenset[tuple[str, str]]:
    return frozenset((parent, child) for parent, child in (path.split("/") for path in paths))


_JS = _map(s="string template_string regex", c="comment", n="number true false null undefined", k="this super")
_JS_NAMES = (
    "call_expression/identifier",
    "new_expression/identifier",
    "function_declaration/identifier",
    "generator_function_declaration/identifier",
    "class_declaration/identifier",
    "method_definition/property_identifier",
)
_JS_CALLEES = _pair("call_expression/member_expression")
_JS_INTERPOLATIONS = frozenset({"template_substitution"})
_TS = {**_JS, "predefined_type": "k"}
_TS_NAMES = _pair(
    *_JS_NAMES,
    "class_declaration/type_identifier",
    "interface_declaration/type_identifier",
    "type_alias_declaration/type_identifier",
    "enum_declaration/identifier",
)

GRAMMARS: dict[str, Grammar] = {
    "python": Grammar(
        "tree_sitter_python",
        _map(s="string", c="comment", n="integer float true false none"),
        frozenset({"interpolation"}),
        _pair(
            "function_definition/identifier", "class_definition/identifier", "call/identifier", "decorator/identifier"
        ),
        _pair("call/attribute"),
    ),
    "bash": Grammar(
        "tree_sitter_bash",
        _map(s="string raw_string ansi_c_string heredoc_body", c="comment", n="number"),
        frozenset({"simple_expansion", "expansion", "command_substitution", "arithmetic_expansion"}),
        _pair("command_name/word", "function_definition/word"),
    ),
    "javascript": Grammar("tree_sitter_javascript", _JS, _JS_INTERPOLATIONS, _pair(*_JS_NAMES), _JS_CALLEES),
    "typescript": Grammar(
        "tree_sitter_typescript", _TS, _JS_INTERPOLATIONS, _TS_NAMES, _JS_CALLEES, "language_typescript"
    ),
    "tsx": Grammar("tree_sitter_typescript", _TS, _JS_INTERPOLATIONS, _TS_NAMES, _JS_CALLEES, "language_tsx"),
    "json": Grammar(
        "tree_sitter_json", _map(s="string", n="number true false null", c="comment"), callees=_pair("pair/string")
    ),
    "html": Grammar(
        "tree_sitter_html",
        _map(k="tag_name", f="attribute_name", s="quoted_attribute_value attribute_value", c="comment doctype"),
    ),
    "css": Grammar(
        "tree_sitter_css",
        _map(
            k="tag_name at_keyword @media @import @supports @keyframes @charset important",
            f="class_name id_name property_name function_name",
            s="string_value",
            n="integer_value float_value color_value",
            c="comment js_comment",
        ),
    ),
    "toml": Grammar(
        "tree_sitter_toml",
        _map(
            f="bare_key quoted_key dotted_key",
            s="string",
            c="comment",
            n="integer float boolean local_date local_date_time local_time offset_date_time",
        ),
    ),
    "yaml": Grammar(
        "tree_sitter_yaml",
        _map(
            k="anchor alias tag",
            s="double_quote_scalar single_quote_scalar block_scalar",
            n="integer_scalar float_scalar boolean_scalar null_scalar",
            c="comment",
        ),
        callees=_pair("block_mapping_pair/flow_node", "flow_pair/flow_node"),
    ),
    "rust": Grammar(
        "tree_sitter_rust",
        _map(
            k="mutable_specifier self super crate primitive_type",
            s="string_literal raw_string_literal char_literal",
            n="integer_literal float_literal boolean_literal",
            c="line_comment block_comment",
        ),
        names=_pair(
            "function_item/identifier",
            "struct_item/type_identifier",
            "enum_item/type_identifier",
            "trait_item/type_identifier",
            "call_expression/identifier",
            "macro_invocation/identifier",
        ),
        callees=_pair("call_expression/field_expression", "call_expression/scoped_identifier"),
    ),
    "go": Grammar(
        "tree_sitter_go",
        _map(
            s="interpreted_string_literal raw_string_literal rune_literal",
            n="int_literal float_literal true false nil iota",
            c="comment",
        ),
        names=_pair(
            "function_declaration/identifier",
            "method_declaration/field_identifier",
            "type_spec/type_identifier",
            "call_expression/identifier",
        ),
        callees=_pair("call_expression/selector_expression"),
    ),
}

ALIASES = {
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
