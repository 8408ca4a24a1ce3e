"""What stands between weir and the stores in these tests: a wire that can be cut, held or made to answer
something else, and the small services that give out credentials."""
import base64, http.client, http.server, json, socket, threading, time, urllib.parse

import botocore.auth, botocore.awsrequest, botocore.credentials
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


class Wire:
    """Forwards connections to a port. `answers`: what the next requests get instead; `cut_after`: bytes of one
    connection after which it breaks, once; `held`: the bytes to the server stop while it is set."""

    def __init__(self, port):
        self.port, self.answers, self.cut_after, self.down = port, [], None, False
        self.sent, self.hold_after, self.refused = 0, None, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            if self.down:
                self.refused += 1
                return client.close()
            if self.answers:
                return self.answer(client, self.answers.pop(0))
            server = socket.create_connection(("127.0.0.1", self.port))
            threading.Thread(target=self.copy, args=(server, client), daemon=True).start()
            total = 0
            while data := client.recv(65536):
                total += len(data)
                if self.cut_after is not None and total > self.cut_after:
                    self.cut_after = None
                    break
                while self.hold_after is not None and total > self.hold_after:
                    time.sleep(0.01)
                server.sendall(data)
                self.sent += len(data)
            server.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        client.close()

    def answer(self, client, answer):
        status, code = answer
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(65536)
        body = ("<Error><Code>%s</Code></Error>" % code).encode()
        length = [int(l.split(b":")[1]) for l in head.split(b"\r\n") if l.lower().startswith(b"content-length:")]
        rest = (length or [0])[0] - len(head.split(b"\r\n\r\n", 1)[1])
        while rest > 0:
            rest -= len(client.recv(65536)) or rest
        client.sendall(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
        client.close()

    @staticmethod
    def copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Credentials:
    """The instance metadata of AWS, the token service of Google, and a store that takes Google's tokens: what it
    lets through is signed for the S3 server behind it."""

    def __init__(self, port, access_key, secret_key):
        self.keys, self.tokens, self.asked = (access_key, secret_key), set(), []
        self.port = port
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, headers, out = outer.answer(self.command, self.path, self.headers, body)
                self.send_response(status)
                for name, value in headers:
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "server", "date"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(out)))
                self.end_headers()
                self.wfile.write(out)

            do_GET = do_PUT = do_POST = do_DELETE = handle_one

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = "http://127.0.0.1:%d" % server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def service_account(self):
        pem = self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                     serialization.NoEncryption()).decode()
        return json.dumps({"type": "service_account", "client_email": "weir@test", "private_key": pem,
                           "token_uri": self.endpoint + "/token"})

    def answer(self, method, path, headers, body):
        if path == "/latest/api/token" and method == "PUT":
            return 200, [], b"session"
        if path.startswith("/latest/meta-data/iam/security-credentials/"):
            if headers.get("X-aws-ec2-metadata-token") != "session":
                return 401, [], b""
            self.asked.append("instance")
            return 200, [], b"role\n" if path.endswith("/") else json.dumps({
                "AccessKeyId": self.keys[0], "SecretAccessKey": self.keys[1],
                "Expiration": "2099-01-01T00:00:00Z"}).encode()
        if path == "/token":
            return self.token(body)
        if headers.get("Authorization", "")[len("Bearer "):] not in self.tokens:
            return 401, [], b"<Error><Code>InvalidToken</Code></Error>"
        return self.forward(method, path, headers, body)

    def token(self, body):
        assertion = urllib.parse.parse_qs(body.decode())["assertion"][0]
        text, signature = assertion.rsplit(".", 1)
        raw = lambda part: base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        self.key.public_key().verify(raw(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())
        claims = json.loads(raw(text.split(".")[1]))
        good = claims["iss"] == "weir@test" and claims["aud"].endswith("/token") and claims["exp"] > time.time()
        if not good:
            return 400, [], b"{}"
        self.asked.append("token")
        token = "token-%d" % len(self.asked)
        self.tokens.add(token)
        return 200, [], json.dumps({"access_token": token, "expires_in": 3600}).encode()

    def forward(self, method, path, headers, body):
        kept = {n: v for n, v in headers.items() if n.lower() in ("range", "content-md5", "content-type")}
        request = botocore.awsrequest.AWSRequest(method, "http://127.0.0.1:%d%s" % (self.port, path), kept, body)
        botocore.auth.S3SigV4Auth(botocore.credentials.Credentials(*self.keys), "s3", "us-east-1").add_auth(request)
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(method, path, body, dict(request.headers.items()))
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
