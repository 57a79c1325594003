"""The contract as the server serves it, and whether an answer is what it says: the part of JSON Schema that it uses."""

import json
import re


class Contract:
    def __init__(self, document):
        self.document = document
        self.paths = [(re.compile("^" + re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)) + "$"), path) for path in
                      sorted(document["paths"], key=lambda path: path.count("{"))]

    def operation(self, method, target):
        """(path, operation) or None; HEAD is GET."""
        method = "get" if method == "HEAD" else method.lower()
        plain = target.split("?")[0]
        for pattern, path in self.paths:
            if pattern.match(plain):
                found = self.document["paths"][path].get(method)
                return (path, found) if found else None
        return None

    def resolve(self, node):
        while "$ref" in node:
            target = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            node = target
        return node

    def parameters(self, path, operation):
        shared = self.document["paths"][path].get("parameters", [])
        return [self.resolve(one) for one in shared + operation.get("parameters", [])]

    def check(self, method, target, status, headers, text):
        """What is wrong with an answer: a list of lines."""
        found = self.operation(method, target)
        if not found or status in (400, 405, 406, 413, 414, 415, 429, 431, 503) and str(status) not in found[1]["responses"]:
            return []  # before any route, or where every route may answer it: the description of the whole says so
        path, operation = found
        responses = operation["responses"]
        response = responses.get(str(status))
        if response is None and status >= 400:
            response = responses.get("default")
        if response is None:
            return [f"{method} {path} answers {status}, which is not in the contract"]
        response = self.resolve(response)
        kind = (headers.get("Content-Type") or "").split(";")[0]
        content = response.get("content")
        if not content:
            return [f"{method} {path} {status} has a body: {text[:100]}"] if text else []
        if method == "HEAD":
            return []
        if kind not in content:
            return [f"{method} {path} {status} is {kind or 'nothing'}, not {' or '.join(content)}"]
        if "json" not in kind:
            return []
        return [f"{method} {path} {status}{line}" for line in self.faults(json.loads(text), content[kind]["schema"])]

    def faults(self, value, schema, place=""):
        schema = self.resolve(schema)
        found = []
        types = schema.get("type")
        if types and not any(self.is_type(value, one) for one in ([types] if isinstance(types, str) else types)):
            return [f"{place}: {value!r} is no {types}"]
        if "const" in schema and value != schema["const"]:
            found.append(f"{place}: {value!r} is not {schema['const']!r}")
        if "enum" in schema and value not in schema["enum"]:
            found.append(f"{place}: {value!r} is none of {schema['enum']}")
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if value < schema.get("minimum", value) or value > schema.get("maximum", value):
                found.append(f"{place}: {value} is out of range")
        if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
            found.append(f"{place}: {value!r} does not fit {schema['pattern']}")
        if isinstance(value, dict):
            found += [f"{place}: without {name}" for name in schema.get("required", []) if name not in value]
            known = schema.get("properties", {})
            for name, inner in value.items():
                if name in known:
                    found += self.faults(inner, known[name], f"{place}.{name}")
                elif isinstance(schema.get("additionalProperties"), dict):
                    found += self.faults(inner, schema["additionalProperties"], f"{place}.{name}")
                elif known and schema.get("additionalProperties") is not True:
                    found.append(f"{place}: {name} is not in the contract")
        if isinstance(value, list):
            if len(value) > schema.get("maxItems", len(value)) or len(value) < schema.get("minItems", 0):
                found.append(f"{place}: {len(value)} items")
            for i, inner in enumerate(value):
                found += self.faults(inner, schema.get("items", {}), f"{place}[{i}]")
        for inner in schema.get("allOf", []):
            found += self.faults(value, inner, place)
        if "oneOf" in schema:
            fits = [not self.faults(value, inner, place) for inner in schema["oneOf"]]
            if sum(fits) != 1:
                found.append(f"{place}: {value!r} fits {sum(fits)} of oneOf")
        return found

    @staticmethod
    def is_type(value, name):
        if name in ("integer", "number"):
            return isinstance(value, int if name == "integer" else (int, float)) and not isinstance(value, bool)
        kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
        return isinstance(value, kinds[name])
