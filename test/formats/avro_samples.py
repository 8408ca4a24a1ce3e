"""Avro schemas and records by chance, and what weir says of a record: PostgreSQL's JSON of it."""
import datetime, decimal, math, uuid

UTC = datetime.timezone.utc
WORDS = ["", "a", "Zürich", "日本", "line\nbreak", "\"quoted\"", "x" * 300]


class Samples:
    """Schemas and values of one seed; names are unique in it."""

    def __init__(self, random):
        self.random, self.count = random, 0

    def name(self):
        self.count += 1
        return f"n{self.count}"

    def schema(self, depth=0, in_union=False):
        kinds = ["boolean", "int", "long", "float", "double", "bytes", "string", "logical", "enum", "fixed"]
        if depth < 4:
            kinds += ["record", "array", "map"] + ([] if in_union else ["union", "union"])
        kind = self.random.choice(kinds)
        if kind == "record":
            return self.record(depth)
        if kind == "array":
            return {"type": "array", "items": self.schema(depth + 1)}
        if kind == "map":
            return {"type": "map", "values": self.schema(depth + 1)}
        if kind == "union":
            other = self.schema(depth + 1, True)
            return self.random.choice([["null", other], [other, "null"]])
        if kind == "enum":
            return {"type": "enum", "name": self.name(), "symbols": ["RED", "GREEN", "BLUE"]}
        if kind == "fixed":
            return {"type": "fixed", "name": self.name(), "size": self.random.randrange(1, 20)}
        return self.logical() if kind == "logical" else kind

    def record(self, depth):
        fields = [{"name": f"f{i}", "type": self.schema(depth + 1)} for i in range(self.random.randrange(1, 6))]
        return {"type": "record", "name": self.name(), "namespace": "t.s", "fields": fields}

    def logical(self):
        return self.random.choice([
            {"type": "int", "logicalType": "date"}, {"type": "int", "logicalType": "time-millis"},
            {"type": "long", "logicalType": "time-micros"}, {"type": "long", "logicalType": "timestamp-millis"},
            {"type": "long", "logicalType": "timestamp-micros"},
            {"type": "long", "logicalType": "local-timestamp-millis"},
            {"type": "long", "logicalType": "local-timestamp-micros"},
            {"type": "string", "logicalType": "uuid"},
            {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 4},
            {"type": "fixed", "name": self.name(), "size": 9, "logicalType": "decimal", "precision": 18, "scale": 2}])

    def value(self, schema):
        r = self.random
        if isinstance(schema, list):
            return self.value(r.choice(schema))
        kind = schema if isinstance(schema, str) else schema["type"]
        if isinstance(schema, dict) and "logicalType" in schema:
            return self.logical_value(schema)
        if kind == "record":
            return {f["name"]: self.value(f["type"]) for f in schema["fields"]}
        if kind == "array":
            return [self.value(schema["items"]) for _ in range(r.randrange(4))]
        if kind == "map":
            return {r.choice(WORDS) + str(i): self.value(schema["values"]) for i in range(r.randrange(4))}
        return {
            "null": lambda: None, "boolean": lambda: r.random() < 0.5,
            "int": lambda: r.choice([0, -1, 2**31 - 1, -2**31, r.randrange(-10**6, 10**6)]),
            "long": lambda: r.choice([0, -1, 2**63 - 1, -2**63, r.randrange(-10**15, 10**15)]),
            "float": lambda: r.choice([0.0, 1.5, -2.25, float("nan"), float("inf"), 1024.125]),
            "double": lambda: r.choice([0.0, 0.1, -1e30, float("-inf"), r.random()]),
            "bytes": lambda: r.randbytes(r.randrange(20)), "string": lambda: r.choice(WORDS),
            "enum": lambda: r.choice(schema["symbols"]), "fixed": lambda: r.randbytes(schema["size"]),
        }[kind]()

    def logical_value(self, schema):
        r, logical = self.random, schema["logicalType"]
        if logical == "date":
            return datetime.date(1900, 1, 1) + datetime.timedelta(days=r.randrange(100_000))
        if logical == "uuid":
            return uuid.UUID(int=r.getrandbits(128))
        if logical == "decimal":
            digits = schema["precision"]
            return decimal.Decimal(r.randrange(-10**digits + 1, 10**digits)).scaleb(
                -schema["scale"], decimal.Context(prec=60))
        unit = 1000 if logical.endswith("millis") else 1
        if logical.startswith("time-"):
            micros = r.randrange(86_400_000_000 // unit) * unit
            return (datetime.datetime.min + datetime.timedelta(microseconds=micros)).time()
        micros = r.randrange(-10**15 // unit, 4 * 10**15 // unit) * unit
        stamp = datetime.datetime(1970, 1, 1, tzinfo=UTC) + datetime.timedelta(microseconds=micros)
        return stamp.replace(tzinfo=None) if logical.startswith("local") else stamp


def as_json(value):
    """A record of the other implementation as parsed JSON of ours."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, datetime.datetime):
        text = value.replace(tzinfo=None).isoformat()
        text = text.rstrip("0") if "." in text else text
        return text + ("+00:00" if value.tzinfo else "")
    if isinstance(value, datetime.time):
        text = value.isoformat()
        return text.rstrip("0") if "." in text else text
    if isinstance(value, (datetime.date, uuid.UUID)):
        return str(value)
    return value


def same(ours, theirs):
    """Parsed JSON, numbers as decimals: floats of 32 bits come with fewer digits than doubles."""
    if isinstance(theirs, dict):
        return isinstance(ours, dict) and ours.keys() == theirs.keys() and all(same(ours[k], theirs[k]) for k in ours)
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(theirs, float):
        return isinstance(ours, decimal.Decimal) and math.isclose(float(ours), theirs, rel_tol=1e-7)
    return ours == theirs and isinstance(ours, bool) == isinstance(theirs, bool)
