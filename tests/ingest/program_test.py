"""The program picket-ingest from outside: what it prints, what it writes, how it ends."""

import http.client
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]
EVENT = (b'{"event_id":"%s"}\n{"type":"event"}\n'
         b'{"timestamp":1,"platform":"native","message":"disk full"}\n')
TRACE = "7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a"
AUTH = {"X-Sentry-Auth": "Sentry sentry_version=7, sentry_key=abc"}


def start(*options, seconds="60"):
    program = subprocess.Popen([PROGRAM, "--key", "abc", "--project", "7", "--max-seconds", seconds,
                                *options], stdout=subprocess.PIPE, text=True)
    line = program.stdout.readline()
    match = re.fullmatch(r"DSN http://abc@127\.0\.0\.1:(\d+)/7\n", line)
    assert match, line
    return program, int(match[1])


def send(port, envelope):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/api/7/envelope/", envelope, AUTH)
    response = connection.getresponse()
    return response.status, response.read()


def post(port, number):
    return send(port, EVENT % (b"%032d" % number))


def transaction(number, parent, release):
    context = {"trace_id": TRACE, "span_id": "%016x" % number, "op": "task"}
    if parent:
        context["parent_span_id"] = "%016x" % parent
    payload = {"type": "transaction", "transaction": "work %d" % number, "release": release,
               "start_timestamp": 100 + number, "timestamp": 110 - number,
               "contexts": {"trace": context}}
    header = {"event_id": "%032x" % number, "trace": {"trace_id": TRACE, "public_key": "abc"}}
    return "\n".join(map(json.dumps, (header, {"type": "transaction"}, payload))).encode()


def ends_after_events_with_every_answer_given(folder):
    raw = folder / "raw"
    raw.mkdir()
    program, port = start("--exit-after", "2", "--json", str(folder / "out.json"), "--raw",
                          str(raw), "--fault", "1:503")
    assert post(port, 1)[0] == 503
    assert post(port, 1) == (200, b'{"id":"00000000000000000000000000000001"}')
    assert post(port, 2) == (200, b'{"id":"00000000000000000000000000000002"}')
    output = program.communicate(timeout=30)[0]
    assert program.returncode == 0
    assert "error  disk full" in output, output
    assert "3 requests on 3 connections: 2 accepted, 0 rejected, 1 refused" in output, output
    lines = [json.loads(line) for line in (folder / "out.json").read_text().splitlines()]
    assert [line["verdict"] for line in lines] == ["refused", "accepted", "accepted"]
    assert (raw / "000003.envelope").read_bytes() == EVENT % (b"%032d" % 2)


def ends_on_a_signal_with_the_transcript(folder):
    for number in (signal.SIGTERM, signal.SIGINT):
        program, port = start("--transcript", str(folder / "transcript"))
        assert post(port, 1)[0] == 200
        program.send_signal(number)
        output = program.communicate(timeout=30)[0]
        assert program.returncode == 0
        assert output.startswith("1 requests on 1 connections"), output
        assert "disk full" in (folder / "transcript").read_text()


def is_silent_when_quiet(_):
    program, _ = start("--quiet", seconds="0.05")
    assert program.communicate(timeout=30)[0] == ""
    assert program.returncode == 0


def refuses_bad_options(_):
    bad = subprocess.run([PROGRAM, "--fault", "1:boom"], capture_output=True, text=True)
    assert bad.returncode == 1
    assert "`boom` does not fit" in bad.stderr, bad.stderr
    bad = subprocess.run([PROGRAM, "--chaos", "boom"], capture_output=True, text=True)
    assert bad.returncode == 1
    assert "chaos `boom` does not fit" in bad.stderr, bad.stderr


def draws_the_traces_when_all_is_there(folder):
    names = {name: folder / name for name in ("transcript", "traces")}
    for options in ([], ["--transcript", str(names["transcript"])]):
        program, port = start("--traces", str(names["traces"]), *options)
        assert send(port, transaction(2, 1, "called@1"))[0] == 200
        assert send(port, transaction(1, None, "caller@1"))[0] == 200
        program.send_signal(signal.SIGTERM)
        output = program.communicate(timeout=30)[0]
        text = names["transcript"].read_text() if options else output
        lines = text[text.index("── trace " + TRACE):].splitlines()
        assert re.match(r"  task work 1 +\[caller@1\] █+ +8000.000$", lines[2]), lines[2]
        assert re.match(r"  └─ task work 2 +\[called@1\] +█+▌? +6000.000$", lines[3]), lines[3]
        assert ("── trace" in output) == (not options), output
        (trace,) = map(json.loads, names["traces"].read_text().splitlines())
        assert [node.get("parent") for node in trace["nodes"]] == [None, 0], trace


def reports_figures_alerts_and_widgets(folder):
    file = folder / "report.json"
    program, port = start("--quiet", "--report", "--report-json", str(file), "--report-until",
                          "+61", "--tags", "shard,region")
    for number in range(1, 12):
        event = {"timestamp": 1772366400 + number, "platform": "native", "release": "bot@1",
                 "message": "disk full", "tags": {"shard": "7"}, "user": {"id": str(number % 3)}}
        head = {"event_id": "%032x" % number}
        body = "\n".join(map(json.dumps, (head, {"type": "event"}, event))).encode()
        assert send(port, body)[0] == 200
    program.send_signal(signal.SIGTERM)
    output = program.communicate(timeout=30)[0]
    assert program.returncode == 0
    assert output.startswith("── key figures, as of 2026-03-01T12:01:12.000Z\n"), output
    report = json.loads(file.read_text())
    changes = [(one["change"], one["rule"], one["value"]) for one in report["alerts"]]
    assert changes == [("raised", "high_error_rate", 11), ("recovered", "high_error_rate", 10)]
    assert report["figures"]["affected_users"] == 3, report
    assert [one["tag"] for one in report["widgets"]["tag_values"]] == ["shard", "region"]
    for part in ("── errors per command", "── values of the tag region", "no environment"):
        assert part in output, output
    bad = subprocess.run([PROGRAM, "--report-until", "soon"], capture_output=True, text=True)
    assert bad.returncode == 1 and "`soon` is not a time" in bad.stderr, bad.stderr


def leaves_a_journal_when_it_is_killed(folder):
    journal = folder / "journal"
    expected = ""
    for number in (1, 2):  # the second one goes on where the first one was killed
        program, port = start("--journal", str(journal), "--fault", "2:503")
        assert post(port, number)[0] == 200
        assert post(port, number)[0] == 503
        program.kill()
        program.communicate(timeout=30)
        expected += "1 accepted all 200 %032d event\n2 refused all 503 %032d event\n" % (
            number, number)
        assert journal.read_text() == expected, journal.read_text()


def fails_at_random_the_same_way_for_a_seed(_):
    def statuses(*options):
        program, port = start("--quiet", *options)
        found = []
        for number in range(1, 21):
            try:
                found.append(post(port, number)[0])
            except (OSError, http.client.HTTPException):
                found.append(None)
        program.send_signal(signal.SIGTERM)
        program.communicate(timeout=30)
        return found

    first = statuses("--chaos", "7:0.8")
    assert first == statuses("--chaos", "7:0.8"), first
    assert first != statuses("--chaos", "8:0.8"), first
    assert first.count(200) < 15, first
    assert statuses("--chaos", "7:1", "--chaos-requests", "5")[10:] == [200] * 10


for test in (ends_after_events_with_every_answer_given, ends_on_a_signal_with_the_transcript,
             draws_the_traces_when_all_is_there, reports_figures_alerts_and_widgets,
             is_silent_when_quiet, refuses_bad_options,
             leaves_a_journal_when_it_is_killed, fails_at_random_the_same_way_for_a_seed):
    with tempfile.TemporaryDirectory() as name:
        test(pathlib.Path(name))
    print("ok:", test.__name__)
