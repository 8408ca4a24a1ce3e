"""Cases of snapshots in object storage: S3 (moto, signatures checked), Azure (Azurite), Google by HMAC keys and
by a service account's token, and a machine that comes new to a Kafka log. Each checks what another life can
do with what was left."""
import base64, concurrent.futures, hashlib, hmac, json, os, pathlib, shutil, signal, subprocess, tempfile, threading, time
import urllib.parse, urllib.request

import boto3
from services import Credentials, Wire

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WEIR = os.path.realpath(os.environ.get("WEIR", ROOT / "build/release/weir"))
STORE, KAFKA = str(ROOT / "tools/object-store"), str(ROOT / "tools/kafka")
DIR = tempfile.mkdtemp(prefix="weir-objects-")
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "AZURE_", "GOOGLE_"))}
passed = failed = 0
COUNTING = threading.Lock()


def check(good, text):
    global passed, failed
    with COUNTING:
        passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print("FAILED: " + text, flush=True)


def tool(*args):
    text = subprocess.run(args, check=True, capture_output=True, text=True).stdout
    return dict(line.split("=", 1) for line in text.split("\n") if "=" in line), text.strip()


def weir(project, *args, env=None, timeout=90):
    done = subprocess.run([WEIR, "-C", project, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=timeout, env=dict(CLEAN, NO_COLOR="1", **(env or {})))
    return done.returncode, done.stdout


def storage(url, **keys):
    listed = ", ".join('%s: "%s"' % item for item in keys.items())
    return "state: {snapshots: \"%s\", object_storage: {%s}}\n" % (url, listed)


def project(name, environment, rows=3, log=""):
    """A stream of numbers with a text each; `rows` says how wide the text is made."""
    path = os.path.join(DIR, name)
    files = {
        "weir.yml": "name: shop\n",
        "environments/dev.yml": environment + log + 'listen: {postgres: "127.0.0.1:0", http: "127.0.0.1:0"}\n',
        "sources/s.yml": "sources:\n  - name: s\n    from: {%s}\n    columns: [{name: n, type: bigint}, "
                         "{name: t, type: text}]\n" % ("topic: numbers" if log else "file: a.ndjson, follow: true"),
        "models/m.sql": "select n, t from s\n",
        "models/total.sql": "select count(*) as c, sum(n) as s from m\n",
    }
    for file, text in files.items():
        os.makedirs(os.path.dirname(os.path.join(path, file)), exist_ok=True)
        with open(os.path.join(path, file), "w") as f:
            f.write(text)
    if not log:
        add_rows(path, 0, rows)
    return path


def add_rows(path, first, count, width=5):
    with open(os.path.join(path, "a.ndjson"), "a") as f:
        for n in range(first, first + count):
            f.write('{"n":%d,"t":"%s"}\n' % (n, hashlib.sha256(b"%d" % n).hexdigest() * (width // 64) + "x" * (width % 64)))


def state(path):
    return os.path.join(path, ".weir")


def total(path, env=None):
    status, text = weir(path, "query", "--json", "select * from total", env=env)
    return json.loads(text)[0] if status == 0 else text


def sums(count):
    return {"c": count, "s": count * (count - 1) // 2}


def moved(name, path):
    """The same project on a machine that has nothing of its state."""
    to = os.path.join(DIR, name)
    shutil.copytree(path, to, ignore=shutil.ignore_patterns(".weir"))
    return to


class Bucket:
    def __init__(self, s3):
        self.client = boto3.client("s3", endpoint_url=s3["ENDPOINT"], region_name="us-east-1",
                                   aws_access_key_id=s3["ACCESS_KEY"], aws_secret_access_key=s3["SECRET_KEY"])

    def names(self, prefix):
        return [o["Key"] for o in self.client.list_objects_v2(Bucket="weir", Prefix=prefix).get("Contents", [])]

    def truncate(self, key):
        body = self.client.get_object(Bucket="weir", Key=key)["Body"].read()
        self.client.put_object(Bucket="weir", Key=key, Body=body[:len(body) // 2])


def keys_of(s3, endpoint=None):
    return {"endpoint": endpoint or s3["ENDPOINT"], "access_key": s3["ACCESS_KEY"], "secret_key": s3["SECRET_KEY"]}


def round_trip(s3, bucket):
    path = project("trip", storage("s3://weir/trip", **keys_of(s3)))
    for life in range(3):
        status, text = weir(path, "run", "--until-idle")
        check(status == 0, "run %d ended with %d: %s" % (life, status, text))
        add_rows(path, 3 + life, 1)
    names = bucket.names("trip/")
    check(len([n for n in names if n.endswith(".copy")]) == 2, "not two copies are kept: %s" % names)
    check(len([n for n in names if "/files/" in n]) == 2, "not two files are kept: %s" % names)
    new = moved("trip2", path)
    status, text = weir(new, "run", "--until-idle")
    check(status == 1 and "WR1910" in text, "an empty folder ran over a backup: %s" % text)
    status, text = weir(new, "state", "import", "s3://weir/trip")
    check(status == 0, "import ended with %d: %s" % (status, text))
    status, text = weir(new, "run", "--until-idle")
    check(status == 0 and total(new) == sums(6), "after the import: %s, %s" % (text, total(new)))
    # The newest one is damaged: it is named, and the older one is taken.
    newest = sorted(n for n in bucket.names("trip/") if "/files/" in n)[-1]
    bucket.truncate(newest)
    new = moved("trip3", path)
    status, text = weir(new, "state", "import", "s3://weir/trip")
    check(status == 0 and "WR1917" in text and os.path.basename(newest) in text, "of a truncated object: %s" % text)
    check("epoch 3 " in text, "not the older one was taken: %s" % text)
    check(total(new) == sums(5), "of the older one: %s" % total(new))


def large(s3, bucket):
    wire = Wire(int(s3["ENDPOINT"].rsplit(":", 1)[1]))
    path = project("large", storage("s3://weir/large", **keys_of(s3, wire.endpoint)), rows=0)
    add_rows(path, 0, 50_000, width=640)
    wire.cut_after = 5 << 20  # in the first part
    status, text = weir(path, "run", "--until-idle")
    check(status == 0 and wire.cut_after is None, "run ended with %d: %s" % (status, text))
    files = [n for n in bucket.names("large/") if "/files/" in n]
    size = bucket.client.head_object(Bucket="weir", Key=files[0])["ContentLength"] if files else 0
    check(size > 20 << 20, "what was uploaded has %d bytes" % size)
    new = moved("large2", path)
    weir(new, "state", "import", "s3://weir/large")
    check(total(new) == sums(50_000), "of the large one: %s" % total(new))


def refusals(s3, azure):
    path = project("refused", "")
    other = base64.b64encode(b"x" * 64).decode()
    azure_keys = {"endpoint": azure["ENDPOINT"], "account": azure["ACCOUNT"]}
    cases = [
        ("s3://weir/r", dict(keys_of(s3), secret_key="wrong-secret-7"), 1, "WR1902", "the secret key is wrong"),
        ("s3://weir/r", dict(keys_of(s3), access_key="AKIANOBODY7"), 1, "WR1902", "the access key is not known"),
        ("s3://none/r", keys_of(s3), 1, "WR1903", "there is no such bucket"),
        ("az://weir/r", dict(azure_keys, account_key=other), 1, "WR1902", "WR1902"),
        ("az://none/r", dict(azure_keys, account_key=azure["ACCOUNT_KEY"]), 1, "WR1903", "no such container"),
        ("az://weir/r", dict(azure_keys, sas="sv=2021-12-02&sig=wrong-secret-7"), 1, "WR1902", "WR1902"),
        ("s3://weir/r", dict(keys_of(s3), secret_key=""), 1, "WR1908", "needs its secret_key"),
        ("gs://weir/r", {"service_account": "none.json"}, 1, "WR1909", "cannot be read"),
        ("ftp://weir/r", {}, 4, "WR1900", "is no place for objects"),
        ("az://weir/r", {}, 4, "WR1900", "whose container"),
    ]
    for url, keys, code, number, words in cases:
        with open(os.path.join(path, "environments/dev.yml"), "w") as f:
            f.write(storage(url, **keys))
        status, text = weir(path, "run", "--until-idle")
        check(status == code and number in text and words in text, "%s %s: %d %s" % (url, sorted(keys), status, text))
        check("wrong-secret-7" not in text and other not in text, "a secret was shown: " + text)


def answers(s3):
    """What services answer now and then, from a wire in front of the real one."""
    wire = Wire(int(s3["ENDPOINT"].rsplit(":", 1)[1]))
    path = project("answers", storage("s3://weir/answers", **keys_of(s3, wire.endpoint)))
    for answer, code in [((403, "RequestTimeTooSkewed"), "WR1904"), ((400, "AuthorizationHeaderMalformed"), "WR1907"),
                         ((403, "AccessDenied"), "WR1902")]:
        wire.answers = [answer]
        status, text = weir(path, "run", "--until-idle")
        check(status != 0 and code in text, "%s: %d %s" % (answer, status, text))
    wire.answers = [(503, "SlowDown"), (429, "TooManyRequests"), (500, "InternalError"), (400, "BadDigest")]
    status, text = weir(path, "run", "--until-idle")
    check(status == 0 and not wire.answers, "passing failures: %d %s" % (status, text))
    status, text = weir(moved("answers2", path), "state", "import", "s3://weir/answers")
    check(status == 0, "behind passing failures: " + text)
    # The service is away: what runs goes on, and says so.
    add_rows(path, 3, 1)
    wire.down = True
    status, text = weir(path, "run", "--until-idle", timeout=60)
    check(status == 0 and "WR1901" in text and total(path) == sums(4), "without the service: %d %s" % (status, text))
    wire.down = False


def azure_kill(azure, directory):
    wire = Wire(int(azure["ENDPOINT"].split(":")[2].split("/")[0]))
    keys = {"endpoint": wire.endpoint + "/weirtest", "account": azure["ACCOUNT"], "account_key": azure["ACCOUNT_KEY"]}
    path = project("azure", storage("az://weir/kill", **keys), rows=0)
    add_rows(path, 0, 50_000, width=640)
    wire.hold_after = 8 << 20
    run = subprocess.Popen([WEIR, "-C", path, "run", "--until-idle"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True, env=dict(CLEAN, NO_COLOR="1"))
    until = time.time() + 40
    while wire.sent < 7 << 20 and time.time() < until:
        time.sleep(0.02)
    check(wire.sent >= 7 << 20 and run.poll() is None, "the upload has not begun: %d bytes" % wire.sent)
    tool(STORE, "kill", directory)
    wire.hold_after = None
    time.sleep(0.5)
    tool(STORE, "start", directory, "azure", "--port", str(wire.port))
    text = run.communicate(timeout=60)[0]
    check(run.returncode == 0, "over the kill: %d %s" % (run.returncode, text))
    new = moved("azure2", path)
    status, text = weir(new, "state", "import", "az://weir/kill")
    check(status == 0 and total(new) == sums(50_000), "behind the kill: %s %s" % (text, total(new)))
    # A signature in the address in place of the key.
    expiry = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    signed = "\n".join(["weirtest", "rwdlac", "b", "sco", "", expiry, "", "", "2021-12-02", "", ""])
    key = base64.b64decode(azure["ACCOUNT_KEY"])
    sas = urllib.parse.urlencode({"sv": "2021-12-02", "ss": "b", "srt": "sco", "sp": "rwdlac", "se": expiry, "sig":
                                  base64.b64encode(hmac.new(key, signed.encode(), hashlib.sha256).digest()).decode()})
    small = project("sas", storage("az://weir/sas", endpoint=keys["endpoint"], account="weirtest", sas=sas))
    status, text = weir(small, "run", "--until-idle")
    check(status == 0, "with a SAS: " + text)
    shutil.rmtree(state(small))
    status, text = weir(small, "state", "import", "az://weir/sas")
    check(status == 0 and total(small) == sums(3), "with a SAS: " + text)


def logins(s3, google):
    cases = [
        ("hmac", storage("gs://weir/hmac", **keys_of(s3)), {}),
        ("variables", storage("s3://weir/variables", endpoint=s3["ENDPOINT"]),
         {"AWS_ACCESS_KEY_ID": s3["ACCESS_KEY"], "AWS_SECRET_ACCESS_KEY": s3["SECRET_KEY"]}),
        ("instance", storage("s3://weir/instance", endpoint=s3["ENDPOINT"]),
         {"AWS_EC2_METADATA_SERVICE_ENDPOINT": google.endpoint}),
        ("token", storage("gs://weir/token", endpoint=google.endpoint, service_account="sa.json"), {}),
    ]
    for name, environment, env in cases:
        path = project(name, environment)
        with open(os.path.join(path, "sa.json"), "w") as f:
            f.write(google.service_account())
        status, text = weir(path, "run", "--until-idle", env=env)
        check(status == 0, "%s: run ended with %d: %s" % (name, status, text))
        shutil.rmtree(state(path))
        url = environment.split('"')[1]
        status, text = weir(path, "state", "import", url, env=env)
        check(status == 0 and total(path, env) == sums(3), "%s: %s" % (name, text))
    check("instance" in google.asked and "token" in google.asked, "not asked: %s" % google.asked)


def exports(s3):
    path = project("export", storage("", **keys_of(s3)).replace('snapshots: "", ', ""))
    weir(path, "run", "--until-idle")
    status, text = weir(path, "state", "export", "s3://weir/export")
    check(status == 0, "export: " + text)
    status, text = weir(path, "state", "export", "s3://weir/export")
    check(status == 1 and "WR1919" in text, "a second export: " + text)
    new = moved("export2", path)
    add_rows(new, 3, 2)
    status, text = weir(new, "state", "import", "s3://weir/export")
    check(status == 0, "import: " + text)
    status, text = weir(new, "run", "--until-idle")
    check(status == 0 and total(new) == sums(5), "behind the import: %s %s" % (text, total(new)))


class Running:
    def __init__(self, path):
        self.process = subprocess.Popen([WEIR, "-C", path, "run"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, env=dict(CLEAN, NO_COLOR="1"))
        run = os.path.join(state(path), "dev/run.json")
        until = time.time() + 30
        while not os.path.exists(run) and time.time() < until and self.process.poll() is None:
            time.sleep(0.02)
        found = json.load(open(run))
        self.http = "http://" + next(v for k, v in found.items() if "http" in k)

    def push(self, rows):
        body = "".join(json.dumps({"n": n, "t": "x"}) + "\n" for n in rows).encode()
        request = urllib.request.Request(self.http + "/v1/streams/s", body, {"Content-Type": "application/x-ndjson"})
        urllib.request.urlopen(request, timeout=10).read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=60)[0]


def pushed(s3):
    """Rows that weir logged itself are lost with the disk; what came of them is not, and new ones count on."""
    path = project("pushed", storage("s3://weir/pushed", **keys_of(s3)))
    source = os.path.join(path, "sources/s.yml")
    text = open(source).read().replace("file: a.ndjson, follow: true", "http: {}")
    open(source, "w").write(text)
    first = Running(path)
    first.push(range(10))
    until = time.time() + 20
    while total(path) != sums(10) and time.time() < until:
        time.sleep(0.05)
    told = first.stop()
    shutil.rmtree(state(path))
    status, text = weir(path, "state", "import", "s3://weir/pushed")
    check(status == 0, "import: %s, %s" % (text, told))
    second = Running(path)
    second.push(range(10, 15))
    until = time.time() + 20
    while total(path) != sums(15) and time.time() < until:
        time.sleep(0.05)
    check(total(path) == sums(15), "rows pushed behind the import: %s" % total(path))
    second.stop()


SEND = """
import json, sys
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
admin = AdminClient({"bootstrap.servers": sys.argv[1]})
for made in admin.create_topics([NewTopic("numbers", 1, 1)]).values():
    made.exception()
producer = Producer({"bootstrap.servers": sys.argv[1]})
for n in range(int(sys.argv[2]), int(sys.argv[3])):
    producer.produce("numbers", json.dumps({"n": n, "t": "x"}))
producer.flush(30)
"""


def send(brokers, rows):
    """By the system's Python, which has Debian's client."""
    subprocess.run(["/usr/bin/python3", "-c", SEND, brokers, str(rows.start), str(rows.stop)], check=True,
                   stderr=subprocess.DEVNULL)


def kafka(s3, bucket, brokers):
    wire = Wire(int(s3["ENDPOINT"].rsplit(":", 1)[1]))
    path = project("cluster", storage("s3://weir/cluster", **keys_of(s3, wire.endpoint)),
                   log="log: {kafka: {brokers: [\"%s\"]}}\n" % brokers)
    for life in range(4):
        send(brokers, range(10 * life, 10 * life + 10))
        wire.down = life == 3  # this life's snapshot stays on its disk
        status, text = weir(path, "run", "--until-idle")
        check(status == 0, "life %d: %d %s" % (life, status, text))
        if life == 3:
            check("WR1901" in text, "nothing was said of the upload: " + text)
        shutil.copytree(state(path), os.path.join(DIR, "disk%d" % life))
    wire.down = False
    copies = [n for n in bucket.names("cluster/") if n.endswith(".copy")]
    check(len(copies) == 2, "not two copies are kept: %s" % copies)
    shutil.rmtree(state(path))
    status, text = weir(path, "run", "--until-idle")
    check(status == 0, "a new machine: %d %s" % (status, text))
    taken = os.path.join(state(path), "dev/snapshots", os.path.basename(sorted(copies)[-1]).replace("copy", "snapshot"))
    check(os.path.exists(taken), "no snapshot was taken from the object storage: %s" % taken)
    check(total(path) == sums(40), "of the new machine: %s" % total(path))
    # The newest one is damaged, and the disk is gone again: the older one and the frames behind it.
    newest = sorted(n for n in bucket.names("cluster/") if "/files/" in n)[-1]
    bucket.truncate(newest)
    send(brokers, range(40, 45))
    shutil.rmtree(state(path))
    status, text = weir(path, "run", "--until-idle")
    check(status == 0 and "WR1917" in text, "of a truncated object: %d %s" % (status, text))
    check(total(path) == sums(45), "of the older one: %s" % total(path))
    status, text = weir(path, "state", "export", os.path.join(DIR, "cluster-copy"))
    check(status == 0, "export: " + text)
    shutil.rmtree(state(path))
    status, text = weir(path, "state", "import", os.path.join(DIR, "cluster-copy"))
    check(status == 0 and total(path) == sums(45), "import: %s %s" % (text, total(path)))


def run_case(name, case):
    began = time.time()
    try:
        case()
    except Exception as error:  # one case that cannot go on leaves the others
        check(False, "%s: %r" % (name, error))
    print("%-12s %5.1f s" % (name, time.time() - began), flush=True)


def main():
    with concurrent.futures.ThreadPoolExecutor(max_workers=8) as pool:
        broker = pool.submit(tool, KAFKA, "start", os.path.join(DIR, "kafka"))
        started = [pool.submit(tool, STORE, "start", os.path.join(DIR, kind), kind) for kind in ("s3", "azure")]
        s3, azure = (one.result()[0] for one in started)
        bucket = Bucket(s3)
        google = Credentials(int(s3["ENDPOINT"].rsplit(":", 1)[1]), s3["ACCESS_KEY"], s3["SECRET_KEY"])
        # The long ones first: they mostly wait.
        cases = [lambda: kafka(s3, bucket, broker.result()[1].split()[-1]), lambda: answers(s3),
                 lambda: azure_kill(azure, os.path.join(DIR, "azure")), lambda: large(s3, bucket),
                 lambda: round_trip(s3, bucket), lambda: refusals(s3, azure), lambda: logins(s3, google),
                 lambda: exports(s3), lambda: pushed(s3)]
        names = "kafka answers azure_kill large round_trip refusals logins exports pushed".split()
        for done in [pool.submit(run_case, name, case) for name, case in zip(names, cases)]:
            done.result()


try:
    main()
finally:
    for kind in ("s3", "azure"):
        tool(STORE, "stop", os.path.join(DIR, kind))
    subprocess.run([KAFKA, "stop", os.path.join(DIR, "kafka")], stdout=subprocess.DEVNULL)
    shutil.rmtree(DIR, ignore_errors=True)
print("%d passed, %d failed" % (passed, failed))
raise SystemExit(failed > 0)
