#!/usr/bin/env python3
"""Validates error events against tests/golden/event.schema.json.

    validate_events.py EVENT.json...

Each file holds one event, the payload of an `event` item. Every fault is printed with its path;
the exit status is 0 only if all events are valid and there was at least one.
"""

import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    sys.exit("validate_events.py needs the Debian package python3-jsonschema")

SCHEMA = pathlib.Path(__file__).resolve().parent.parent / "golden" / "event.schema.json"

USER_KEYS = {"id", "username", "email", "ip_address", "name", "geo", "segment", "data"}


def values(event, key):
    return event.get(key, {}).get("values", [])


def frames(event):
    for holder in values(event, "exception") + values(event, "threads"):
        yield from holder.get("stacktrace", {}).get("frames", [])


def remove_newer_keys(event):
    """Takes out what the protocol allows and the schema does not know (C075)."""
    event.get("sdk", {}).pop("settings", None)
    for crumb in values(event, "breadcrumbs"):
        crumb.pop("origin", None)
    for frame in frames(event):
        frame.pop("trust", None)
        frame.pop("source_link", None)
    user = event.get("user", {})
    for key in set(user) - USER_KEYS:
        del user[key]
    # The schema describes cookies after the server has parsed them; a client may send the text of
    # the header (P3.18).
    if isinstance(event.get("request", {}).get("cookies"), str):
        del event["request"]["cookies"]


def faults(path, validator):
    try:
        event = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [str(error)]
    if not isinstance(event, dict):
        return ["an event is a JSON object"]
    # Required by the protocol (P3.1), optional in the schema.
    missing = [f"{key} is missing" for key in ("event_id", "timestamp", "platform")
               if key not in event]
    try:
        remove_newer_keys(event)
    except (AttributeError, TypeError) as error:
        return missing + [f"a member has the wrong type: {error}"]
    return missing + [f"{'.'.join(map(str, fault.path)) or '(top)'}: {fault.message[:500]}"
                      for leaf in validator.iter_errors(event) for fault in leaves(leaf)]


def leaves(error):
    """The innermost reasons: an `anyOf` alone only says that nothing fitted."""
    if not error.context:
        return [error]
    deepest = max(len(inner.absolute_path) for inner in error.context)
    found = [leaf for inner in error.context if len(inner.absolute_path) == deepest
             for leaf in leaves(inner)]
    for leaf in found:
        leaf.path = leaf.absolute_path
    return found


def main(paths):
    if not paths:
        sys.exit(__doc__)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.Draft7Validator(schema)
    failed = False
    for path in paths:
        for fault in dict.fromkeys(faults(path, validator)):
            print(f"{path}: {fault}")
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
