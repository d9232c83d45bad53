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
AUTH = {"X-Sentry-Auth": "Sentry sentry_version=7, sentry_key=abc"}


def start(*options, seconds="60"):
    program = subprocess.Popen([PROGRAM, "--key", "abc", "--project", "7", "--max-seconds", seconds,
                                *options], stdout=subprocess.PIPE, text=True)
    line = program.stdout.readline()
    match = re.fullmatch(r"DSN http://abc@127\.0\.0\.1:(\d+)/7\n", line)
    assert match, line
    return program, int(match[1])


def post(port, number):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/api/7/envelope/", EVENT % (b"%032d" % number), AUTH)
    response = connection.getresponse()
    return response.status, response.read()


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


for test in (ends_after_events_with_every_answer_given, ends_on_a_signal_with_the_transcript,
             is_silent_when_quiet, refuses_bad_options):
    with tempfile.TemporaryDirectory() as name:
        test(pathlib.Path(name))
    print("ok:", test.__name__)
