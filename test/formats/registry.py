"""A schema registry for tests: the endpoints and error bodies of Confluent's HTTP API that clients use."""
import base64, http.server, json, re, ssl, threading, urllib.parse


class Registry:
    """Schemas by number and by subject. `outages`: how many requests are answered 503 first."""

    def __init__(self, authorization=None, certificate=None, outages=0):
        self.schemas, self.subjects, self.authorization = {}, {}, authorization
        self.outages, self.requests = outages, []
        self.incompatible = set()  # subjects that take no further version
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.say(*owner.answer(self.path, self.headers.get("Authorization")))

            def do_POST(self):
                sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.say(*owner.answer(self.path, self.headers.get("Authorization"), sent))

            def say(self, status, body):
                owner.requests.append(f"{self.command} {self.path}")
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
                if len(owner.requests) % 2:
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                else:
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                    for part in (data[:7], data[7:]):
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) if part else b"")
                    self.wfile.write(b"0\r\n\r\n")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def add(self, subject, schema, number, references=(), kind="AVRO"):
        versions = self.subjects.setdefault(subject, [])
        entry = {"schema": schema if isinstance(schema, str) else json.dumps(schema)}
        if kind != "AVRO":
            entry["schemaType"] = kind
        if references:
            entry["references"] = [{"name": n, "subject": s, "version": v} for n, s, v in references]
        versions.append({**entry, "subject": subject, "version": len(versions) + 1, "id": number})
        self.schemas[number] = entry

    def posted(self, subject, sent, register):
        versions = self.subjects.get(subject, [])
        kind, text = sent.get("schemaType", "AVRO"), sent["schema"]
        parsed = text if kind == "PROTOBUF" else json.loads(text)
        for known in versions:
            if known.get("schemaType", "AVRO") == kind and (
                    known["schema"] if kind == "PROTOBUF" else json.loads(known["schema"])) == parsed:
                return 200, {"id": known["id"]} if register else known
        if not register:
            return 404, {"error_code": 40403 if versions else 40401, "message": "Schema or subject not found"}
        if subject in self.incompatible:
            return 409, {"error_code": 409, "message": "Schema being registered is incompatible: READER_FIELD_MISSING"}
        same = [n for n, known in self.schemas.items() if known["schema"] == text]
        number = same[0] if same else max(self.schemas, default=100) + 1
        self.add(subject, text, number, kind=kind)
        return 200, {"id": number}

    def answer(self, path, authorization, sent=None):
        if self.outages > 0:
            self.outages -= 1
            return 503, {"error_code": 50003, "message": "Error while forwarding the request to the primary"}
        if self.authorization and authorization != self.authorization:
            return 401, {"error_code": 401, "message": "Unauthorized"}
        if match := re.fullmatch(r"/subjects/([^/]+)(/versions)?", path) if sent else None:
            return self.posted(urllib.parse.unquote(match[1]), sent, bool(match[2]))
        if match := re.fullmatch(r"/schemas/ids/(\d+)", path.partition("?")[0]):
            found = self.schemas.get(int(match[1]))
            return (200, found) if found else (404, {"error_code": 40403, "message": f"Schema {match[1]} not found"})
        if match := re.fullmatch(r"/subjects/([^/]+)/versions/(\d+)", path):
            versions = self.subjects.get(urllib.parse.unquote(match[1]), [])
            if 1 <= int(match[2]) <= len(versions):
                return 200, versions[int(match[2]) - 1]
            return 404, {"error_code": 40402, "message": "Version not found"}
        return 404, {"error_code": 404, "message": "HTTP 404 Not Found"}


def basic(username, password):
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
