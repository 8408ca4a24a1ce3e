"""Statements of a session over the PostgreSQL port: subscriptions as rows, as COPY and through cursors, how they
end, prepared statements that both protocols know, COPY among other statements. `Listening` is a scratch engine."""
import subprocess, threading, time

import psycopg2, psycopg2.extensions


class Listening:
    def __init__(self, weir):
        self.process = subprocess.Popen([weir, "sql", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1])

    def connect(self):
        connection = psycopg2.connect(host="127.0.0.1", port=self.port, user="weir", dbname="weir")
        connection.autocommit = True
        return connection

    def end(self):
        self.process.terminate()
        return self.process.wait(timeout=20)


class Lines:
    """What COPY (SUBSCRIBE ...) TO STDOUT sends, as it comes."""

    def __init__(self):
        self.lines, self.ready = [], threading.Condition()

    def write(self, data):
        with self.ready:
            self.lines += (data if isinstance(data, str) else data.decode()).splitlines()
            self.ready.notify_all()

    def wait_for(self, count):
        with self.ready:
            self.ready.wait_for(lambda: len(self.lines) >= count, timeout=10)
            return [line.split("\t", 1)[1] for line in self.lines]


class Copying:
    """A subscription that a thread reads, until it is cancelled."""

    def __init__(self, connection, sql):
        self.connection, self.lines, self.error = connection, Lines(), None
        self.thread = threading.Thread(target=self.run, args=(sql,))
        self.thread.start()

    def run(self, sql):
        try:
            self.connection.cursor().copy_expert(sql, self.lines)
        except psycopg2.Error as error:
            self.error = error.pgcode

    def cancel(self):
        self.connection.cancel()
        return self.ended()

    def ended(self):
        self.thread.join(timeout=10)
        return self.error


def copied_subscriptions(check, weir):
    writer = weir.connect().cursor()
    writer.execute("create table t (id int primary key, name text); insert into t values (1, 'a'), (2, 'b')")
    writer.execute("create view v as select name, count(*) as n from t group by name")
    plain = Copying(weir.connect(), "copy (subscribe to (select * from t order by id limit 10)) to stdout")
    check("contents first", sorted(plain.lines.wait_for(2)), ["1\t1\ta", "1\t2\tb"])
    grouped = Copying(weir.connect(), "copy (subscribe v with (snapshot = false)) to stdout")
    time.sleep(0.3)
    writer.execute("update t set name = 'c' where id = 2; insert into t values (3, 'a')")
    check("changes", plain.lines.wait_for(5)[2:], ["-1\t2\tb", "1\t2\tc", "1\t3\ta"])
    check("changes of a view", sorted(grouped.lines.wait_for(4)), ["-1\ta\t1", "-1\tb\t1", "1\ta\t2", "1\tc\t1"])
    times = {line.split("\t")[0] for line in grouped.lines.lines}
    check("a transaction is one time", len(times), 1)
    writer.execute("begin; insert into t values (4, 'd'); rollback")
    writer.execute("begin; insert into t values (5, 'x'); delete from t where id = 5; commit")
    writer.execute("insert into t values (6, 'e')")
    check("what is rolled back never comes", plain.lines.wait_for(6)[5:], ["1\t6\te"])
    check("cancel", (plain.cancel(), grouped.cancel()), ("57014", "57014"))
    ends = Copying(weir.connect(), "copy (subscribe v) to stdout")
    ends.lines.wait_for(3)
    writer.execute("drop view v")
    check("the view is dropped", ends.ended(), "55000")
    gone = Copying(weir.connect(), "copy (subscribe t) to stdout")
    gone.lines.wait_for(1)
    writer.execute("drop table t")
    check("the table is dropped", gone.ended(), "55000")


def subscriptions_by_cursor(check, weir):
    writer, reader = weir.connect().cursor(), weir.connect().cursor()
    writer.execute("create table c (id int); insert into c values (1), (1)")
    reader.execute("begin; declare s cursor for subscribe to c with (progress)")
    reader.execute("fetch all s")
    check("columns", [column.name for column in reader.description],
          ["weir_time", "weir_progressed", "weir_diff", "id"])
    rows = reader.fetchall()
    first = rows[0][0]
    check("contents and progress", rows, [(first, False, 2, 1), (first + 1, True, None, None)])
    reader.execute("fetch all s")
    check("nothing new", reader.fetchall(), [])
    writer.execute("insert into c values (2)")
    reader.execute("fetch 1 s")
    check("one row", reader.fetchall(), [(first + 1, False, 1, 2)])
    reader.execute("fetch all s")
    check("then its progress", reader.fetchall(), [(first + 2, True, None, None)])
    threading.Timer(0.3, lambda: writer.execute("delete from c where id = 1")).start()
    reader.execute("fetch 5 s")
    check("waits for the first", reader.fetchall(), [(first + 2, False, -2, 1), (first + 3, True, None, None)])
    try:
        reader.execute("fetch prior s")
    except psycopg2.Error as error:
        check("goes forward alone", error.pgcode, "55000")
    reader.execute("rollback")
    reader.execute("declare h cursor with hold for subscribe c with (snapshot = off)")
    writer.execute("insert into c values (7)")
    reader.execute("fetch all h")
    check("held, without contents", [row[1:] for row in reader.fetchall()], [(1, 7)])
    reader.execute("close h; drop table c")
    for sql, code in (("subscribe nosuch", "42P01"), ("subscribe to (select 1) with (nope)", "42601"),
                      ("subscribe to (select 1) with (progress = 7)", "42601"), ("subscribe", "42601")):
        try:
            reader.execute(sql)
            check(sql, "no error", code)
        except psycopg2.Error as error:
            check(sql, error.pgcode, code)


def a_client_that_leaves(check, weir):
    writer = weir.connect().cursor()
    writer.execute("create table gone (id int)")
    subscribed = subprocess.Popen(["psql", "-X", "-h", "127.0.0.1", "-p", str(weir.port), "-U", "weir", "weir", "-c",
                                   "copy (subscribe gone) to stdout"], stdout=subprocess.PIPE, text=True)
    time.sleep(0.3)
    check("psql reads on", subscribed.poll(), None)
    subscribed.kill()
    subscribed.wait()
    time.sleep(0.3)
    writer.execute("drop table gone")
    writer.execute("select 1")
    check("the engine goes on", writer.fetchall(), [(1,)])
    told = subprocess.Popen(["psql", "-X", "-h", "127.0.0.1", "-p", str(weir.port), "-U", "weir", "weir", "-c",
                             "subscribe to (select 1 as one)"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(0.3)
    told.send_signal(2)
    _, err = told.communicate(timeout=10)
    check("Ctrl-C in psql", "canceling statement due to user request" in err, True)


def cancelled_statements(check, weir):
    """A long query and a wait for another's transaction end when they are told to."""
    writer, waiting, other = weir.connect(), weir.connect(), weir.connect()
    writer.cursor().execute("create table slow (id int)")
    writer.cursor().execute("begin; insert into slow values (1)")

    def ends(connection, sql):
        codes = []
        def run():
            try:
                connection.cursor().execute(sql)
            except psycopg2.Error as error:
                codes.append(error.pgcode)
        thread = threading.Thread(target=run)
        thread.start()
        time.sleep(0.5)
        connection.cancel()
        thread.join(timeout=8)
        return codes

    check("a wait is cancelled", ends(waiting, "insert into slow values (2)"), ["57014"])
    series = "generate_series(1, 100000)"
    pairs = f"select count(*) from {series} a, {series} b where a + b < 0"
    check("a query is cancelled", ends(other, pairs), ["57014"])
    check("a recursion is cancelled", ends(other, "with recursive r as (select 1 as n, 0.5 as x union all "
          f"select n + 1, x / 2 from r, {series} b where n + b < n) select count(*) from r, {series} a, {series} c "
          "where a + c < 0"), ["57014"])
    cursor = other.cursor()
    cursor.execute("select count(*) from slow")
    check("the session goes on", cursor.fetchall(), [(0,)])
    writer.cursor().execute("rollback")


def copy_among_others(check, weir):
    text = ("create table among (id int, name text);\ncopy among from stdin;\n1\ta\n2\tb\n\\.\n"
            "select count(*) from among;\n")
    psql = ["psql", "-X", "-A", "-t", "-h", "127.0.0.1", "-p", str(weir.port), "-U", "weir", "weir"]
    run = lambda sql, given="": subprocess.run([*psql, "-c", sql], input=given, capture_output=True, text=True,
                                               timeout=20)
    subprocess.run(psql, input=text, capture_output=True, text=True, timeout=20)
    both = run("begin; copy among from stdin; select sum(id) from among; copy among from stdin csv; commit; "
               "copy (select * from among order by id) to stdout; select 'end'", "3\tc\n\\.\n4,d\n\\.\n")
    check("two COPYs in one text", both.stdout.splitlines()[-5:], ["1\ta", "2\tb", "3\tc", "4\td", "end"])
    bad = run("insert into among values (9, 'x'); copy among from stdin; insert into among values (8, 'y')", "z\tz\n\\.\n")
    check("a bad COPY ends the text", "invalid input syntax" in bad.stderr, True)
    check("and nothing of it is there", run("select count(*) from among where id > 4").stdout, "0\n")


def shared_names(check, weir):
    connection = weir.connect()
    cursor = connection.cursor()
    cursor.execute("prepare p (int) as select $1 + 1; execute p(41)")
    check("prepare and execute", cursor.fetchall(), [(42,)])
    cursor.execute("deallocate all")
    try:
        cursor.execute("execute p(1)")
    except psycopg2.Error as error:
        check("deallocated", error.pgcode, "26000")
    connection.autocommit = False
    named = connection.cursor("named", scrollable=True)
    named.execute("select * from generate_series(1, 10) as g")
    check("a cursor of psycopg2", [row[0] for row in named.fetchmany(3)], [1, 2, 3])
    named.scroll(-2)
    check("back and on", [row[0] for row in named.fetchmany(2)], [2, 3])
    named.scroll(5, mode="absolute")
    check("absolute", named.fetchone(), (6,))
    named.close()
    connection.commit()


def check_all(check, binary):
    weir = Listening(binary)
    for test in (copied_subscriptions, subscriptions_by_cursor, a_client_that_leaves,
                 cancelled_statements, copy_among_others, shared_names):
        test(check, weir)
    waiting = Copying(weir.connect(), "copy (subscribe to (select 1)) to stdout")
    waiting.lines.wait_for(1)
    check("the server stops under a subscription", (weir.end(), waiting.ended() is not None), (0, True))
