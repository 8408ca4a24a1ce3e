"""JSON with a schema, read and written, against the validator and the clients of others."""
import json, random

from avro_sinks import all_types
from project import Project, check, get, put, registry_environment
from registry import Registry

ITEM = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
ORDER = {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "required": ["id"],
         "definitions": {"line": {"type": "object", "properties": {"sku": {"type": "string", "minLength": 2}}, "required": ["sku"]}},
         "properties": {"id": {"type": "integer", "minimum": 1}, "day": {"type": "string", "format": "date"},
                        "at": {"type": ["string", "null"], "format": "date-time"}, "who": {"format": "uuid"},
                        "level": {"enum": ["low", "high", None]}, "lines": {"type": "array", "items": {"$ref": "#/definitions/line"},
                                                                            "maxItems": 3},
                        "item": {"$ref": "item.json"}, "either": {"oneOf": [{"type": "string"}, {"type": "number"}]},
                        "tree": {"$ref": "#"}}, "additionalProperties": False}
GOOD = {"id": 1, "day": "2026-02-28", "at": "2026-01-02T03:04:05.5Z", "who": "00000000-0000-0000-0000-00000000000A", "level": "low",
        "lines": [{"sku": "ab"}, {"sku": "Zü"}], "item": {"n": 4}, "either": 5, "tree": {"id": 2, "tree": {"id": 3}}}
BAD = [({"id": "x"}, "$.id: not of type integer"), ({}, '"id" is missing'), ({"id": 0}, "$.id: beyond the minimum"),
       ({"id": 1, "day": "2026-02-29"}, "$.day: not of format date"), ({"id": 1, "at": "yesterday"}, "$.at: not of format date-time"),
       ({"id": 1, "level": "no"}, "$.level: not one of"), ({"id": 1, "lines": [{"sku": "ab"}, {}]}, '$.lines[1]: "sku" is missing'),
       ({"id": 1, "lines": [{"sku": "ü"}]}, "$.lines[0].sku: beyond the minLength"), ({"id": 1, "item": {}}, '$.item: "n" is missing'),
       ({"id": 1, "either": True}, "$.either: 0 of oneOf"), ({"id": 1, "odd": 1}, '"odd" is not allowed'),
       ({"id": 1, "tree": {"id": 1, "tree": {}}}, '$.tree.tree: "id" is missing'), ({"id": 1, "who": "me"}, "$.who: not of format"),
       ({"id": 1, "lines": [{"sku": "ab"}] * 4}, "$.lines: beyond the maxItems"), ([], "$: not of type object")]
COLUMNS = {"id": ("bigint", ""), "day": ("date", ""), "sku": ("text", "$.lines[1].sku"), "n": ("integer", "$.item.n")}


def frame(number, value):
    return b"\0" + number.to_bytes(4, "big") + json.dumps(value).encode()


def framed_topic(folder):
    registry = Registry(outages=2)
    registry.add("item", ITEM, 3, kind="JSON")
    registry.add("orders-value", ORDER, 4, [("item.json", "item", 1)], kind="JSON")
    registry.add("broken", "{", 5, kind="JSON")
    registry.add("round", {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}, 6, kind="JSON")
    registry.add("lost", {"$ref": "#/definitions/nothing"}, 7, kind="JSON")
    project = Project(folder, registry_environment(registry.url))
    put(project, "orders", [frame(4, GOOD), *(frame(4, value) for value, _ in BAD), frame(4, GOOD)[:-1], frame(5, GOOD),
                            frame(6, GOOD), frame(7, GOOD), frame(8, GOOD), b"{}", frame(4, {"id": 9})])
    project.source("orders", COLUMNS, {"topic": "orders"})
    project.sources[-1]["format"] = "json_schema"
    project.run()
    check("checked rows", project.rows("orders") != [{"id": 1, "day": "2026-02-28", "sku": "Zü", "n": 4},
                                                     {"id": 9, "day": None, "sku": None, "n": None}] and project.rows("orders"))
    reasons = {row["position"]: row["reason"] for row in project.dead("orders")}
    more = ["no JSON", "invalid JSON Schema", "more work", "no schema", "Schema 8 not found (40403)", "magic byte 0"]
    for i, words in enumerate([*(words for _, words in BAD), *more], 1):
        check(f"violation {words}", words not in reasons.get(f"offset {i}", "") and reasons.get(f"offset {i}", reasons))


# Parts of schemas and values; which of them go together is the other validator's to say.
RULES = [{"type": "integer"}, {"type": ["string", "null"]}, {"type": "number", "minimum": 2}, {"exclusiveMaximum": 3}, {"enum": [1, "a", None]},
         {"const": {"a": [1]}}, {"minLength": 2}, {"maxLength": 1}, {"required": ["a"]}, {"properties": {"a": {"type": "integer"}}},
         {"properties": {"a": True}, "additionalProperties": False}, {"additionalProperties": {"type": "string"}}, {"items": {"type": "integer"}},
         {"items": [{"type": "integer"}, {"type": "string"}]}, {"minItems": 2}, {"maxProperties": 1}, False, True, {"const": 1.0},
         {"format": "date"}, {"format": "date-time"}]
VALUES = [0, 1, 1.0, 2, 2.5, 3, -1, 2**63, 2**80, "", "a", "ab", "ü", None, True, [], [1], [1, "x"], ["x", 1], {}, {"a": 1}, {"a": [1]}, {"a": "x", "b": 1},
          {"b": "x"}, "2026-01-31", "2026-02-30", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05+01:00", "2026-01-02 03:04:05Z"]


def rule(chance, depth=0):
    kind = chance.randrange(10)
    if depth > 3 or kind < 5:
        return chance.choice(RULES)
    if kind < 8:
        name = chance.choice(["allOf", "anyOf", "oneOf"])
        return {name: [rule(chance, depth + 1) for _ in range(chance.randrange(1, 4))]}
    if kind == 8:
        return {"not": rule(chance, depth + 1)}
    return {"if": rule(chance, depth + 1), "then": rule(chance, depth + 1), "else": rule(chance, depth + 1)}


def by_chance(folder, seed=1):
    """Any schema against any value: the same verdicts as the other validator's."""
    import jsonschema
    chance, formats = random.Random(seed), jsonschema.FormatChecker(["date"])
    date_time = {"2026-01-02T03:04:05Z": True, "2026-01-02T03:04:05+01:00": True}
    formats.checks("date-time")(lambda value: not isinstance(value, str) or date_time.get(value, False))
    registry, records, wanted = Registry(), [], []
    for number in range(1, 150):
        schema = {"allOf": [rule(chance), rule(chance)]}
        registry.add("s", {"properties": {"v": schema}}, number, kind="JSON")
        judge = jsonschema.Draft7Validator(schema, format_checker=formats)
        for value in VALUES:
            records.append(frame(number, {"v": value}))
            wanted.append(judge.is_valid(value))
    project = Project(folder, registry_environment(registry.url))
    put(project, "t", records)
    project.source("t", {"r": ("jsonb", "$")}, {"topic": "t"})
    project.sources[-1]["format"] = "json_schema"
    project.run()
    dead = {int(row["position"].split()[1]) for row in project.dead("t")}
    for i, good in enumerate(wanted):
        if (i in dead) == good:
            number = int.from_bytes(records[i][1:5], "big")
            return check("verdicts", (registry.schemas[number]["schema"], records[i][5:], good))
    check("verdicts", (sum(wanted) < 200 or len(wanted) - sum(wanted) < 200) and "too few of one kind")


def sinks(folder):
    from confluent_kafka.schema_registry.json_schema import JSONDeserializer
    from confluent_kafka.serialization import MessageField, SerializationContext
    registry = Registry()
    project = all_types(folder, registry_environment(registry.url))
    (project.folder / "models/keyed.sql").write_text('/*---\nkey: [id]\n---*/\nselect id, max(n) as n from "all" group by id\n')
    project.sinks = [{"name": "out", "from": "everything", "to": {"topic": "out"}, "format": "json_schema", "record": "shop.Row"},
                     {"name": "changes", "from": "keyed", "to": {"topic": "changes"}, "format": "json_schema", "changes": "debezium"},
                     {"name": "plain", "from": "everything", "to": {"file": "out/plain.ndjson"}, "changes": "append"}]
    project.write()
    done = project.weir("run", "--until-idle", "--register-schemas")
    check("JSON Schema sinks", done.returncode and done.stderr)

    def read(topic):
        text = registry.subjects[f"{topic}-value"][0]["schema"]
        reader = JSONDeserializer(text)
        return [reader(value, SerializationContext(topic, MessageField.VALUE)) for _, value in get(project, topic)]

    lines = (project.folder / "out/plain.ndjson").read_text().splitlines()
    check("rows pass their schema", read("out") != [json.loads(line) for line in lines] and read("out"))
    check("envelopes pass their schema", sorted((e["op"], e["after"]["id"]) for e in read("changes")) != [("c", 1), ("c", 2**40)] and
          read("changes"))
    keys = [json.loads(key[5:]) for key, _ in get(project, "changes")]
    check("keys", sorted(key["id"] for key in keys) != [1, 2**40] and keys)
    project.source("back", {"id": ("bigint", ""), "two": ("text", "$['two words']"), "n": ("integer", "$.place.n")}, {"topic": "out"})
    project.sources[-1]["format"] = "json_schema"
    project.run()
    check("weir reads its own", project.rows("back") != [{"id": 2**40, "two": "Zürich", "n": 70000}, {"id": 1, "two": None, "n": None}] and
          (project.rows("back"), project.dead("back")))


def run(folder):
    framed_topic(folder + "/json_framed")
    by_chance(folder + "/json_chance")
    sinks(folder + "/json_sinks")
