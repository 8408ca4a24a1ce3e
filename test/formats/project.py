"""Projects for the tests of formats: a folder, what runs in it, and what its topics hold."""
import decimal, json, os, pathlib, struct, subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WEIR = os.path.realpath(os.environ.get("WEIR", ROOT / "build/release/weir"))
PROGRAMS = pathlib.Path(os.environ.get("WEIR_BUILD_DIR", ROOT / "build/release")).resolve()
ENVIRONMENT = """log: embedded
listen: {postgres: "127.0.0.1:0", http: "127.0.0.1:0"}
"""
passed = failed = 0


def check(name, problem):
    global passed, failed
    passed, failed = passed + (not problem), failed + bool(problem)
    if problem:
        print(f"FAILED {name}: {str(problem)[:600]}")


class Project:
    """A folder whose every source goes through a model to a file."""

    def __init__(self, folder, environment=ENVIRONMENT):
        self.folder = pathlib.Path(folder)
        for part in ("sources", "models", "sinks", "environments", "data", "schemas"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        (self.folder / "weir.yml").write_text("name: formats\n")
        (self.folder / "environments/test.yml").write_text(environment)
        self.sources, self.sinks = [], []

    def source(self, name, columns, origin=None, **more):
        """`columns`: {name: (type, path)}"""
        listed = [{"name": c, "type": kind, **({"path": path} if path else {})} for c, (kind, path) in columns.items()]
        self.sources.append({"name": name, "from": origin or {"file": f"data/{name}.avro"}, "format": "avro",
                             "columns": listed, **more})
        (self.folder / f"models/{name}_rows.sql").write_text(f"select * from {name}\n")
        self.sinks.append({"name": f"{name}_out", "from": f"{name}_rows", "to": {"file": f"out/{name}.ndjson"},
                           "changes": "append"})

    def write(self):
        (self.folder / "sources/all.yml").write_text(json.dumps({"sources": self.sources}))
        (self.folder / "sinks/all.yml").write_text(json.dumps({"sinks": self.sinks}))

    def run(self):
        self.write()
        done = self.weir("run", "--until-idle")
        check("run", done.returncode and done.stderr[-3000:])

    def weir(self, *arguments):
        return subprocess.run([WEIR, "--env", "test", *arguments], cwd=self.folder, capture_output=True, text=True)

    def rows(self, name):
        path = self.folder / f"out/{name}.ndjson"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line, parse_float=decimal.Decimal, parse_int=decimal.Decimal) for line in lines]

    def dead(self, name):
        done = self.weir("query", "--json", f"select * from {name}__dead")
        return json.loads(done.stdout) if done.returncode == 0 else [{"reason": done.stderr}]


def put(project, topic, records):
    data = b"".join(len(record).to_bytes(4, "little") + record for record in records)
    done = subprocess.run([PROGRAMS / "put_records", project.folder / ".weir/test/log", topic], input=data, capture_output=True)
    check(f"put {topic}", done.returncode and done.stderr)


def get(project, topic):
    """The keys and values of a topic; None: a record without."""
    done = subprocess.run([PROGRAMS / "get_records", project.folder / ".weir/test/log", topic], capture_output=True)
    check(f"get {topic}", done.returncode and done.stderr)
    data, fields, at = done.stdout, [], 0
    while at < len(data):
        size = struct.unpack_from("<i", data, at)[0]
        fields.append(None if size < 0 else data[at + 4:at + 4 + size])
        at += 4 + max(size, 0)
    return list(zip(fields[::2], fields[1::2]))


def registry_environment(url, *more):
    return ENVIRONMENT + "registry: {" + ", ".join([f'url: "{url}"', *more]) + "}\n"
