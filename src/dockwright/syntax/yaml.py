"""YAML files: nodes with exact spans, and edits made from them.

tree = yaml.parse(source)
context = tree.root.at("services", "app", "build", "context")
edits = yaml.set_scalar(tree, context, "..")
"""

from dockwright.syntax.yaml_edit import (
    append_element,
    delete_element,
    delete_item,
    insert_item,
    set_scalar,
    set_value,
)
from dockwright.syntax.yaml_nodes import Alias, Item, Mapping, Node, Scalar, Sequence, YamlFile, plain, resolve
from dockwright.syntax.yaml_parse import parse
from dockwright.syntax.yaml_scalars import quote

__all__ = [
    "Alias",
    "Item",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "YamlFile",
    "append_element",
    "delete_element",
    "delete_item",
    "insert_item",
    "parse",
    "plain",
    "quote",
    "resolve",
    "set_scalar",
    "set_value",
]
