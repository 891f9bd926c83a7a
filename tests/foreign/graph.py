"""Microsoft's own description of Graph: the schema made from its CSDL, and its list of paths."""

import functools
import json
import pathlib
import re
import urllib.parse

import fastjsonschema

PREFIX = "microsoft.graph."
# Types that the list of paths calls by another name.
RENAMED = {"OAuth2PermissionGrant": "oAuth2PermissionGrant", "OAuth": "oAuth2PermissionGrant"}
# Bodies of actions, which the schema has no types for.
UNTYPED = re.compile(r"(RequestBody|GetResponse|PostResponse|ReferenceCreate|StringCollectionResponse|M|bytes|int|None)$")


# Functions that may be called without brackets.
FUNCTIONS = {"delta": "delta()"}


class Operation:
    """What the list of paths says about one path."""

    def __init__(self, template: dict) -> None:
        self.template = template["path"]
        self.options = set(template["query"])
        self.operations = {operation["method"]: operation for operation in template["ops"]}

    def type_of(self, method: str, part: str) -> str | None:
        """The type of the body or of what is returned; none if the schema has no name for it."""
        name = self.operations[method][part]
        if name is None or UNTYPED.search(name):
            return None
        name = name.removesuffix("CollectionResponse")
        return PREFIX + RENAMED.get(name, name[0].lower() + name[1:])


class Graph:
    def __init__(self, oracle: pathlib.Path) -> None:
        schema = json.loads((oracle / "jsonschema/graph-v1.0-slice.schema.json").read_text())
        self.types = schema["$defs"]
        templates = json.loads((oracle / "url-templates.json").read_text())["templates"]
        self.templates: dict[int, list[tuple[list, Operation]]] = {}
        for template in templates:
            steps = [pattern(step) for step in template["path"].strip("/").split("/")]
            self.templates.setdefault(len(steps), []).append((steps, Operation(template)))
        # One compilation for all types: an object with one property for each.
        root = {"$defs": self.types, "type": "object"}
        root["properties"] = {name: {"$ref": f"#/$defs/{name}"} for name in self.types}
        self.validate = fastjsonschema.compile(root, use_default=False)

    @functools.lru_cache(maxsize=10_000)
    def operation(self, path: str) -> Operation | None:
        """What stands at a path below the version, literal steps before keys."""
        steps = [step for raw in path.strip("/").split("/") for step in spelled(urllib.parse.unquote(raw))]
        fits = [
            (sum(not isinstance(step, str) for step in template), operation)
            for template, operation in self.templates.get(len(steps), [])
            if all(matches(wanted, step) for wanted, step in zip(template, steps))
        ]
        return min(fits, key=lambda fit: fit[0])[1] if fits else None

    def fault(self, name: str, value: object) -> str | None:
        """What is wrong with a value of a type; the value's own type is more exact."""
        own = value.get("@odata.type", "").lstrip("#") if isinstance(value, dict) else ""
        name = own if own in self.types else name
        try:
            self.validate({name: value})
        except fastjsonschema.JsonSchemaValueException as error:
            return f"{error.message} (value: {str(error.value)[:200]})"
        return None


def spelled(step: str) -> list[str]:
    """A step as the list spells it: an alternate key as a key, a cast and a function by their short names."""
    alternate = re.match(r"(\w+)\(\w+='([^']*)'\)$", step)
    if alternate and not step.startswith("filterBy"):
        return list(alternate.groups())
    return [FUNCTIONS.get(step, step.removeprefix("microsoft."))]


def pattern(step: str) -> str | re.Pattern:
    """A literal step as text in lower case, a step with a key as a pattern."""
    if "{" not in step:
        return step.lower()
    parts = re.split(r"\{[^}]*\}", step)
    return re.compile("[^/]+".join(re.escape(part) for part in parts) + "$", re.IGNORECASE)


def matches(wanted: str | re.Pattern, step: str) -> bool:
    return wanted == step.lower() if isinstance(wanted, str) else bool(wanted.match(step))
