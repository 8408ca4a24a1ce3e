"""Protobuf, read and written, against the library of others: messages of every kind of field, and damaged ones."""
import datetime, decimal, json, pathlib, random, subprocess, sys, tempfile

from avro_sinks import WANTED as AVRO_WANTED, all_types
from project import Project, check, get, put, registry_environment
from registry import Registry

COMMON = """syntax = "proto3";
package shop.common;
message Money { string currency = 1; int64 cents = 2; }
"""
ORDER = """syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/wrappers.proto";
import "google/protobuf/struct.proto";
import "common/money.proto";
message Other { int32 x = 1; message Inner { string y = 1; } }
message Order {
  enum Level { UNKNOWN = 0; LOW = 1; HIGH = 2; }
  message Line { string sku = 1; uint32 count = 2; repeated double prices = 3; }
  int64 id = 1; uint64 big = 2; sint32 zig = 3; fixed64 fix = 4; sfixed32 sfix = 5; bool flag = 6; float f = 7; double d = 8;
  string t = 9; bytes raw = 10; Level level = 11; Line line = 12; repeated Line lines = 13; repeated int32 marks = 14;
  map<string, int64> counts = 15; map<int32, Line> by_number = 16; oneof choice { string left = 17; int64 right = 18; }
  google.protobuf.Timestamp at = 19; google.protobuf.Duration span = 20; google.protobuf.Int64Value wrapped = 21;
  google.protobuf.StringValue label = 22; optional int32 maybe = 23; shop.common.Money price = 24;
  google.protobuf.Struct doc = 25; repeated Level levels = 26 [packed = false];
}
"""
COLUMNS = {"id": ("bigint", ""), "big": ("numeric", ""), "zig": ("integer", ""), "fix": ("bigint", ""), "sfix": ("integer", ""),
           "flag": ("boolean", ""), "f": ("real", ""), "d": ("double precision", ""), "t": ("text", ""), "raw": ("bytea", ""),
           "level": ("text", ""), "sku": ("text", "$.line.sku"), "second": ("text", "$.lines[1].sku"), "marks": ("integer[]", ""),
           "counts": ("jsonb", ""), "seventh": ("bigint", "$.by_number['7'].count"), "left_side": ("text", "$.left"),
           "right_side": ("bigint", "$.right"), "at": ("timestamptz", ""), "span": ("interval", ""), "wrapped": ("bigint", ""),
           "label": ("text", ""), "maybe": ("integer", ""), "cents": ("bigint", "$.price.cents"), "doc": ("jsonb", ""),
           "levels": ("text[]", "")}
EMPTY = {name: None for name in COLUMNS} | {
    "id": 0, "big": 0, "zig": 0, "fix": 0, "sfix": 0, "flag": False, "f": 0, "d": 0, "t": "", "raw": "\\x", "level": "UNKNOWN",
    "marks": [], "counts": {}, "levels": []}


def classes(files):
    """The messages of .proto texts by their full names, made by the compiler of others."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        done = subprocess.run([sys.executable, "-m", "grpc_tools.protoc", "-I.", "--include_imports", "-oall.pb", *files],
                              cwd=folder, capture_output=True, text=True)
        check("protoc", done.returncode and done.stderr)
        made = descriptor_pb2.FileDescriptorSet.FromString((pathlib.Path(folder) / "all.pb").read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in made.file:
        pool.Add(file)
    return lambda name: message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


def full(order):
    value = order(id=2**40, big=2**64 - 1, zig=-5, fix=7, sfix=-7, flag=True, f=1.5, d=2.5e20, t="Zürich", raw=b"\x00\xff", level=2,
                  marks=[1, -2, 3], counts={"a": 1}, right=9, wrapped={"value": 0}, label={"value": "l"}, maybe=0,
                  price={"currency": "EUR", "cents": 5}, levels=[1, 2, 5])
    value.line.sku = "s"
    value.lines.add(sku="x")
    value.lines.add(sku="y", prices=[1.5, 2.5])
    value.by_number[7].count = 77
    value.at.FromNanoseconds(1767323045000006500)
    value.span.FromNanoseconds(-1_500_000_000)
    value.doc.update({"k": [1, None, {"n": True}]})
    return value


FULL = {"id": 2**40, "big": 2**64 - 1, "zig": -5, "fix": 7, "sfix": -7, "flag": True, "f": decimal.Decimal("1.5"),
        "d": 250000000000000000000, "t": "Zürich", "raw": "\\x00ff", "level": "HIGH", "sku": "s", "second": "y",
        "marks": [1, -2, 3], "counts": {"a": 1}, "seventh": 77, "left_side": None, "right_side": 9,
        "at": "2026-01-02T03:04:05.000007+00:00", "span": "-00:00:01.5", "wrapped": 0, "label": "l", "maybe": 0, "cents": 5,
        "doc": {"k": [1, None, {"n": True}]}, "levels": ["LOW", "HIGH", "5"]}


def framed(number, place, message):
    def varint(n):
        n, out = (n << 1) ^ (n >> 63), b""
        while n >= 0x80:
            out, n = out + bytes([n & 0x7f | 0x80]), n >> 7
        return out + bytes([n])
    indexes = b"\0" if place == [0] else b"".join(map(varint, [len(place), *place]))
    return b"\0" + number.to_bytes(4, "big") + indexes + message.SerializeToString()


def framed_topic(folder):
    made = classes({"common/money.proto": COMMON, "order.proto": ORDER})
    order, other, inner = made("shop.Order"), made("shop.Other"), made("shop.Other.Inner")
    registry = Registry(outages=2)
    registry.add("common/money.proto", COMMON, 3, kind="PROTOBUF")
    registry.add("orders-value", ORDER, 4, [("common/money.proto", "common/money.proto", 1)], kind="PROTOBUF")
    registry.add("broken", "message {", 5, kind="PROTOBUF")
    registry.add("alone", ORDER, 6, kind="PROTOBUF")
    registry.add("avro", '"int"', 7)
    project = Project(folder, registry_environment(registry.url))
    whole = framed(4, [1], full(order))
    put(project, "orders", [whole, framed(4, [1], order()), framed(4, [0, 0], inner(y="y")), framed(4, [0], other(x=1)),
                            framed(4, [2], order()), framed(5, [1], order()), framed(6, [1], order()), framed(7, [1], order()),
                            framed(99, [1], order()), whole[:-1], whole[:6], b"\0\0\0\0\4\x80", b"", b"{}",
                            b"\0\0\0\0\4\2\2" + b"\x4a\1\xff", framed(4, [1], order(id=8))])
    project.source("orders", {**COLUMNS, "y": ("text", "")}, {"topic": "orders"})
    project.sources[-1]["format"] = "protobuf"
    project.source("whole", {"r": ("jsonb", "$")}, {"topic": "orders"})
    project.sources[-1]["format"] = "protobuf"
    project.run()
    rows = project.rows("orders")
    for name, wanted in {**FULL, "y": None}.items():
        check(f"protobuf {name}", rows[0][name] != wanted and (rows[0][name], wanted))
    check("protobuf defaults", rows[1] != {**EMPTY, "y": None} and rows[1])
    check("the places of messages", [row["y"] for row in rows] != [None, None, "y", None, None] and rows)
    check("whole records", project.rows("whole")[2]["r"] != {"y": "y"} and project.rows("whole"))
    reasons = [(row["position"], row["reason"]) for row in project.dead("orders")]
    for offset, words in [(4, "no message at"), (5, "invalid Protobuf schema"), (6, "common/money.proto"), (7, "of type AVRO"),
                          (8, "Schema 99 not found (40403)"), (9, "no shop.Order"), (10, "cut off"), (11, "cut off"),
                          (12, "magic byte 0"), (13, "magic byte 0"), (14, "no shop.Order")]:
        check(f"protobuf dead letter {offset}", not any(p == f"offset {offset}" and words in r for p, r in reasons) and reasons)


def bare_topic(folder):
    """A schema of the project: with imports beside it, with and without a frame."""
    made = classes({"common/money.proto": COMMON, "order.proto": ORDER})
    order = made("shop.Order")
    project = Project(folder)
    (project.folder / "schemas/common").mkdir()
    (project.folder / "schemas/common/money.proto").write_text(COMMON)
    (project.folder / "schemas/order.proto").write_text(ORDER)
    put(project, "t", [full(order).SerializeToString(), b"", b"\xff"])
    project.source("bare", COLUMNS, {"topic": "t"}, schema="schemas/order.proto", message="shop.Order")
    project.sources[-1]["format"] = "protobuf"
    project.run()
    check("bare protobuf", project.rows("bare") != [FULL, EMPTY] and (project.rows("bare"), project.dead("bare")))
    check("bare dead letter", [row["position"] for row in project.dead("bare")] != ["offset 2"] and project.dead("bare"))


def sinks(folder):
    from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer
    from confluent_kafka.serialization import MessageField, SerializationContext
    registry = Registry()
    project = all_types(folder, registry_environment(registry.url))
    (project.folder / "models/keyed.sql").write_text('/*---\nkey: [id]\n---*/\nselect id, max(n) as n from "all" group by id\n')
    project.sinks = [{"name": "out", "from": "everything", "to": {"topic": "out"}, "format": "protobuf", "record": "shop.Row"},
                     {"name": "latest", "from": "keyed", "to": {"topic": "latest"}, "format": "protobuf"},
                     {"name": "changes", "from": "keyed", "to": {"topic": "changes"}, "format": "protobuf",
                      "changes": "debezium"}]
    project.write()
    done = project.weir("run", "--until-idle", "--register-schemas")
    check("protobuf sinks", done.returncode and done.stderr)

    def read(topic, field, record):
        subject = f"{topic}-{'key' if field == MessageField.KEY else 'value'}"
        message = classes({"it.proto": registry.subjects[subject][0]["schema"]})(record)
        reader = ProtobufDeserializer(message, {"use.deprecated.format": False})
        return [reader(pair[field == MessageField.VALUE], SerializationContext(topic, field)) for pair in get(project, topic)]

    first, empty = read("out", MessageField.VALUE, "shop.Row")
    texts = {"price": "-1234.50", "day": "2026-02-28", "clock": "03:04:05.5", "who": str(AVRO_WANTED["who"])}
    for name, wanted in AVRO_WANTED.items():
        got = getattr(first, name)
        if name in ("at", "local"):
            got = got.ToNanoseconds() - 1767323045000006000
            wanted = 0
        elif name == "marks":
            got, wanted = list(got), [1, 3]
        elif name == "place":
            got = {"n": got.n, "t": got.t}
        check(f"protobuf out {name}", got != texts.get(name, wanted) and (got, wanted))
    check("NULL is absence", [f.name for f, _ in empty.ListFields()] != ["_op", "id", "place"] and empty)
    keys, values = read("latest", MessageField.KEY, "keyed_key"), read("latest", MessageField.VALUE, "keyed")
    check("protobuf keys", {(k.id, v.n) for k, v in zip(keys, values)} != {(2**40, 70000), (1, 0)} and (keys, values))
    envelopes = read("changes", MessageField.VALUE, "keyed_envelope")
    check("protobuf envelopes", {(e.op, e.after.id, e.HasField("before")) for e in envelopes} !=
          {("c", 2**40, False), ("c", 1, False)} and envelopes)


def run(folder):
    framed_topic(folder + "/protobuf_framed")
    bare_topic(folder + "/protobuf_bare")
    sinks(folder + "/protobuf_sinks")
