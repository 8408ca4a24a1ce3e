"""A TCP proxy that does to its connections what networks do: for tests, within their process.

Each link goes from a port of its own to a target. Its mode can be changed at any time:
  pass   bytes go both ways
  cut    nothing goes either way and nobody is told: a partition
  half   what the target answers is lost, and nobody is told: a half-open connection
  slow   at most `rate` bytes a second each way
  reset  all connections end with RST, and so does each new one
When a cut ends the connections go on where they were, as they do where packets are sent again."""
import selectors, socket, struct, threading, time

CHUNK = 65536
TICK = 0.02


class Pipe:
    """One direction of one connection."""

    def __init__(self, source, target, backwards):
        self.source, self.target, self.backwards = source, target, backwards
        self.waiting, self.allowance, self.ended = b"", 0.0, False


class Link:
    def __init__(self, port, target):
        self.target, self.mode, self.rate = target, "pass", 20_000
        self.listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]
        self.pipes = []
        self.count = 0

    def accept(self):
        try:
            client, _ = self.listener.accept()
        except OSError:
            return
        self.count += 1
        if self.mode == "reset":
            return end(client)
        try:
            server = socket.create_connection(self.target, timeout=5)
        except OSError:
            return end(client)
        for one in (client, server):
            one.setblocking(False)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pipes += [Pipe(client, server, False), Pipe(server, client, True)]

    def close(self, pipe):
        for other in [p for p in self.pipes if p.source in (pipe.source, pipe.target)]:
            self.pipes.remove(other)
        for one in (pipe.source, pipe.target):
            end(one)

    def reset(self):
        while self.pipes:
            self.close(self.pipes[0])

    def move(self, pipe):
        if self.mode == "cut":
            return
        limit = CHUNK
        if self.mode == "slow":
            pipe.allowance = min(pipe.allowance + self.rate * TICK, self.rate)
            limit = int(pipe.allowance)
        if not pipe.waiting and limit > 0 and not pipe.ended:
            try:
                pipe.waiting = pipe.source.recv(limit)
                pipe.ended = not pipe.waiting
            except BlockingIOError:
                pass
            except OSError:
                return self.close(pipe)
        if self.mode == "half" and pipe.backwards:
            pipe.waiting = b""
        if pipe.waiting:
            try:
                sent = pipe.target.send(pipe.waiting)
            except BlockingIOError:
                return
            except OSError:
                return self.close(pipe)
            pipe.waiting = pipe.waiting[sent:]
            pipe.allowance -= sent
        if pipe.ended and not pipe.waiting:
            self.close(pipe)


def end(one):
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.close()
    except OSError:
        pass


class FaultProxy(threading.Thread):
    def __init__(self, pairs):
        """pairs: (port, target port); port 0 takes a free one."""
        super().__init__(daemon=True)
        self.links = [Link(port, ("127.0.0.1", target)) for port, target in pairs]
        self.running = True

    def set(self, mode, link=None, rate=20_000):
        for one in [link] if link else self.links:
            one.rate = rate
            one.mode = mode

    def wait(self):
        """Until there is something to move, or a tick is over."""
        wanted = {}
        for link in self.links:
            wanted[link.listener] = selectors.EVENT_READ
            for pipe in link.pipes if link.mode in ("pass", "half") else []:
                if pipe.waiting:
                    wanted[pipe.target] = wanted.get(pipe.target, 0) | selectors.EVENT_WRITE
                elif not pipe.ended:
                    wanted[pipe.source] = wanted.get(pipe.source, 0) | selectors.EVENT_READ
        with selectors.DefaultSelector() as selector:
            for one, events in wanted.items():
                selector.register(one, events)
            selector.select(TICK)

    def run(self):
        while self.running:
            began = time.monotonic()
            self.wait()
            for link in self.links:
                if link.mode == "reset":
                    link.reset()
                link.accept()
                for pipe in list(link.pipes):
                    if pipe in link.pipes:
                        link.move(pipe)
            if any(link.mode == "slow" for link in self.links):
                time.sleep(max(0, began + TICK - time.monotonic()))
        for link in self.links:
            link.reset()
            link.listener.close()
