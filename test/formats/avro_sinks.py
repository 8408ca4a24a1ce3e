"""Avro that weir writes: the schemas that it makes of columns, and records as the clients of others read them."""
import datetime, decimal, io, json, pathlib, uuid

from project import Project, check, get, registry_environment
from registry import Registry

UTC = datetime.timezone.utc
COLUMNS = {"id": "bigint", "small": "smallint", "n": "integer", "flag": "boolean", "r": "real", "d": "double precision",
           "price": "numeric(10,2)", "free": "numeric", "t": "text", "raw": "bytea", "day": "date", "at": "timestamptz",
           "local": "timestamp", "clock": "time", "span": "interval", "who": "uuid", "doc": "jsonb", "marks": "integer[]",
           "level": "enum('low', 'high')", "odd": "enum('not a name', 'x')"}
ROW = {"id": 2**40, "small": -7, "n": 70000, "flag": True, "r": 1.5, "d": 1e300, "price": "-1234.50", "free": "0.001",
       "t": "Zürich", "raw": "\\x00ff", "day": "2026-02-28", "at": "2026-01-02 03:04:05.000006+00",
       "local": "2026-01-02 03:04:05.000006", "clock": "03:04:05.5", "span": "1 mon 2 days", "who": str(uuid.UUID(int=5)),
       "doc": {"a": [1, None]}, "marks": "{1,NULL,3}", "level": "high", "odd": "not a name"}
WANTED = {"id": 2**40, "small": -7, "n": 70000, "flag": True, "r": 1.5, "d": 1e300, "price": decimal.Decimal("-1234.50"),
          "free": "0.001", "t": "Zürich", "raw": b"\x00\xff", "day": datetime.date(2026, 2, 28),
          "at": datetime.datetime(2026, 1, 2, 3, 4, 5, 6, UTC), "local": datetime.datetime(2026, 1, 2, 3, 4, 5, 6),
          "clock": datetime.time(3, 4, 5, 500000), "span": "1 mon 2 days", "who": uuid.UUID(int=5),
          "doc": '{"a": [1, null]}', "marks": [1, None, 3], "level": "high", "odd": "not a name", "two_words": "Zürich",
          "place": {"n": 70000, "t": "Zürich"}}
EMPTY = {**{name: None for name in WANTED}, "id": 1, "place": {"n": None, "t": None}}
EDGES = [("0.00", "0.00"), ("0.01", "0.01"), ("-0.01", "-0.01"), ("1.27", "1.27"), ("1.28", "1.28"), ("-1.28", "-1.28"),
         ("-1.29", "-1.29"), ("99999999.99", "99999999.99"), ("-99999999.99", "-99999999.99"), ("NaN", None)]


def all_types(folder, environment, rows=(ROW, {"id": 1})):
    project = Project(folder, environment)
    (project.folder / "data/all.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows))
    project.sources.append({"name": "all", "from": {"file": "data/all.ndjson"}, "format": "json",
                            "columns": [{"name": n, "type": t} for n, t in COLUMNS.items()]})
    (project.folder / "models/everything.sql").write_text(MODEL)
    return project


MODEL = 'select a.*, a.t as "two words", (select p from (select a.n as n, a.t as t) p) as place from "all" a\n'


def decoded(records, registry):
    """By fastavro, with the schemas that the frames name."""
    import fastavro
    out = []
    for record in records:
        if record is None:
            out.append(None)
            continue
        number = int.from_bytes(record[1:5], "big")
        rest = io.BytesIO(record[5:])
        out.append(fastavro.schemaless_reader(rest, fastavro.parse_schema(json.loads(registry.schemas[number]["schema"])),
                                              None))
        check("the frame", record[0] != 0 or rest.read() != b"")
    return out


def topics(folder):
    """Every type, to a topic; what is not registered is refused unless weir is told to register it."""
    registry = Registry(outages=1)
    project = all_types(folder, registry_environment(registry.url))
    project.sinks = [{"name": "out", "from": "everything", "to": {"topic": "out"}, "format": "avro", "record": "shop.Row"}]
    project.write()
    refused = project.weir("run", "--until-idle")
    check("not registered", ('WR1830' not in refused.stderr or '"out-value"' not in refused.stderr or
                             "--register-schemas" not in refused.stderr) and refused.stderr)
    done = project.weir("run", "--until-idle", "--register-schemas")
    check("registered", done.returncode and done.stderr)
    values = decoded([value for _, value in get(project, "out")], registry)
    for ours, wanted in zip(values, [WANTED, EMPTY]):
        for name in wanted:
            check(f"value {name}", ours.get(name) != wanted[name] and (ours.get(name), wanted[name]))
    check("values", len(values) != 2 and values)
    check("subjects", list(registry.subjects) != ["out-value"] and list(registry.subjects))
    again = project.weir("run", "--until-idle")
    check("looked up", again.returncode and again.stderr)
    return registry, project


def their_client(folder):
    """The other side's deserializer with its own client of the registry; and weir reads what it wrote."""
    from confluent_kafka.schema_registry import SchemaRegistryClient
    from confluent_kafka.schema_registry.avro import AvroDeserializer
    from confluent_kafka.serialization import MessageField, SerializationContext
    registry, project = topics(folder)
    read = AvroDeserializer(SchemaRegistryClient({"url": registry.url}))
    value = read(get(project, "out")[0][1], SerializationContext("out", MessageField.VALUE))
    for name in WANTED:
        check(f"their client {name}", value[name] != WANTED[name] and value[name])
    # A text says nothing of what it holds: as jsonb it would be a JSON string.
    project.source("back", {n: ("text" if t == "jsonb" else t, "") for n, t in COLUMNS.items()}, {"topic": "out"})
    project.run()
    (project.folder / "models/straight.sql").write_text('select * from "all"\n')
    project.sinks.append({"name": "straight_out", "from": "straight", "to": {"file": "out/straight.ndjson"}})
    project.run()
    for i, (back, straight) in enumerate(zip(project.rows("back"), project.rows("straight"))):
        back = {**back, "doc": back["doc"] and json.loads(back["doc"])}
        differ = {name: (back[name], straight[name]) for name in straight if back[name] != straight[name]}
        check(f"there and back {i}", differ)
    check("all are back", (len(project.rows("back")) != 2 or project.dead("back")) and project.dead("back"))


def decimals(folder):
    registry = Registry()
    project = all_types(folder, registry_environment(registry.url), [{"id": i, "price": p} for i, (p, _) in enumerate(EDGES)])
    project.sinks = [{"name": "out", "from": "everything", "to": {"topic": "out"}, "format": "avro"}]
    project.write()
    project.weir("run", "--until-idle", "--register-schemas")
    got = [value["price"] for value in decoded([value for _, value in get(project, "out")], registry)]
    check("decimals", got != [p and decimal.Decimal(p) for _, p in EDGES] and got)


def keyed(folder):
    """Keys, tombstones and Debezium's envelopes; the other names of subjects."""
    registry = Registry()
    project = Project(folder, registry_environment(registry.url))
    (project.folder / "data/in.ndjson").write_text("".join(json.dumps(row) + "\n" for row in [
        {"k": "a", "n": 1}, {"k": "b", "n": 2}, {"k": "a", "n": 3}, {"k": "b", "op": "delete"}]))
    project.sources.append({"name": "orders", "from": {"file": "data/in.ndjson", "rate": "10/s"}, "format": "json",
                            "mode": "cdc", "operation": "op", "key": ["k"], "columns": [
                                {"name": "k", "type": "text"}, {"name": "n", "type": "bigint"}, {"name": "op", "type": "text"}]})
    (project.folder / "models/by_key.sql").write_text("/*---\nkey: [k]\n---*/\nselect k, sum(n)::bigint as n from orders group by k\n")
    for name, more in {"latest": {"changes": "upsert", "subject": "record", "record": "shop.Latest"},
                       "envelopes": {"changes": "debezium"},
                       "log": {"changes": "append", "subject": "topic_record"}}.items():
        project.sinks.append({"name": name, "from": "by_key", "to": {"topic": name}, "format": "avro", **more})
    project.write()
    done = project.weir("run", "--until-idle", "--register-schemas")
    check("keyed", done.returncode and done.stderr)
    check("subjects of keyed", sorted(registry.subjects) != [
        "envelopes-key", "envelopes-value", "log-by_key", "log-by_key_key", "shop.Latest", "shop.Latest_key"] and
        sorted(registry.subjects))
    latest = get(project, "latest")
    keys, values = decoded([k for k, _ in latest], registry), decoded([v for _, v in latest], registry)
    state = {}
    for key, value in zip(keys, values):
        state[key["k"]] = value
    check("upserts", (state != {"a": {"k": "a", "n": 3}, "b": None} or len(latest) < 4) and (state, latest))
    envelopes = decoded([v for _, v in get(project, "envelopes")], registry)
    last = [e for e in envelopes if e and e["op"] == "d"]
    check("deletes", [e["before"] for e in last] != [{"k": "b", "n": 2}] and envelopes)
    check("tombstones", envelopes.count(None) != 1 and envelopes)
    check("sources", {e["source"]["table"] for e in envelopes if e} != {"by_key"} and envelopes)
    operations = [v["_op"] for v in decoded([v for _, v in get(project, "log")], registry)]
    check("operations", (operations.count("insert") != 3 or operations.count("delete") != 2) and operations)


def refusals(folder):
    """Incompatible, different, refused: told with the registry's words and the subject's name."""
    registry = Registry()
    project = all_types(folder, registry_environment(registry.url))
    project.sinks = [{"name": "out", "from": "everything", "to": {"topic": "out"}, "format": "avro"}]
    project.write()
    registry.add("out-value", {"type": "record", "name": "other", "fields": []}, 7)
    other = project.weir("run", "--until-idle")
    check("another schema", ("WR1831" not in other.stderr or other.returncode == 0) and other.stderr)
    registry.incompatible.add("out-value")
    bad = project.weir("run", "--until-idle", "--register-schemas")
    check("incompatible", ("WR1832" not in bad.stderr or "READER_FIELD_MISSING" not in bad.stderr or
                           bad.returncode == 0) and bad.stderr)
    registry.outages = 1000
    away = project.weir("run", "--until-idle")
    check("away", (away.returncode != 5 or "WR1855" not in away.stderr) and (away.returncode, away.stderr))


def files(folder):
    """Container files that fastavro and weir read; a crash's cut and rolling are the file sink's own."""
    import fastavro
    project = all_types(folder, registry_environment("http://127.0.0.1:1"), [ROW, {"id": 1}] * 3000)
    project.sinks = [{"name": "out", "from": "everything", "to": {"file": "out/all.avro"}, "format": "avro"}]
    project.write()
    done = project.weir("run", "--until-idle")
    check("to a file", done.returncode and done.stderr)
    with open(project.folder / "out/all.avro", "rb") as file:
        rows = list(fastavro.reader(file))
    check("rows of a file", [rows.count({"_op": "insert", **row}) for row in (WANTED, EMPTY)] != [3000, 3000] and
          (len(rows), rows[:1]))
    (project.folder / "data/again.avro").write_bytes((project.folder / "out/all.avro").read_bytes())
    project.source("again", {"id": ("bigint", ""), "price": ("numeric(10,2)", "")})
    project.run()
    check("weir reads its file", (len(project.rows("again")) != 6000 or project.dead("again")) and project.dead("again")[:2])


def run(folder):
    their_client(folder + "/sink_topics")
    decimals(folder + "/sink_decimals")
    keyed(folder + "/sink_keyed")
    refusals(folder + "/sink_refusals")
    files(folder + "/sink_files")
