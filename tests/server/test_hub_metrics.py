"""The hub's numbers and its billing log: they tell what happened, and nothing about a person."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from structlog.testing import capture_logs

from domain.payments import Cause, PaymentStatus, advance
from domain.rails import Provider
from domain.services.payment_changes import save_change
from server.credentials import connect_provider
from server.metrics import BUCKETS_S, CONTENT_TYPE, Gauge, Metrics
from server.rails.registry import ADAPTERS
from server.vault import Secret
from storage.hub_units import SqliteHub
from storage.sqlite import open_encrypted
from tests.builders import KEY, MERCHANT, NOON
from tests.server import fake_vnpay
from tests.server.fake_vnpay import FakeVnpay
from tests.server.hub_stage import VAULT, Clock, Served, ShopTill, ask, bearer, served, settings_for
from tests.server.hub_steps import keep, money, start, work
from tests.server.test_hub_checkouts import ORDER, Shop
from wiring.hub import metrics_token

VNPAY: Final = ADAPTERS[Provider.VNPAY_QR_MMS]
_LINE: Final = re.compile(r'^[a-z_]+(\{[a-z_]+="[^"\n]*"(,[a-z_]+="[^"\n]*")*\})? (\d+(\.\d+)?|\+Inf)$')


def numbers(answer: httpx.Response) -> dict[str, float]:
    """Return every sample of an answer; each line must be one that Prometheus reads."""
    assert (answer.status_code, answer.headers["content-type"]) == (200, CONTENT_TYPE)
    found = {}
    for line in answer.text.splitlines():
        if line.startswith("# "):
            assert re.fullmatch(r"# (HELP [a-z_]+ .+|TYPE [a-z_]+ (counter|gauge|histogram))", line), line
        else:
            assert _LINE.fullmatch(line), line
            name, _, value = line.rpartition(" ")
            found[name] = float(value)
    return found


def test_numbers_are_written_as_prometheus_reads_them() -> None:
    metrics = Metrics()
    metrics.count("calls_total", "Calls.", {"who": 'a"b\\c\nd'})
    metrics.count("calls_total", "Calls.", {"who": 'a"b\\c\nd'})
    for seconds in (0.02, 0.02, 4, 5_000):
        metrics.time("call_seconds", "Calls.", {}, seconds)
    lines = metrics.text([Gauge("depth", "Depth.", [({}, 2.5)])]).splitlines()
    assert lines[:3] == [
        "# HELP calls_total Calls.",
        "# TYPE calls_total counter",
        'calls_total{who="a\\"b\\\\c\\nd"} 2',
    ]
    assert {'call_seconds_bucket{le="0.01"} 0', 'call_seconds_bucket{le="0.025"} 2'} <= set(lines)
    assert {'call_seconds_bucket{le="5"} 3', 'call_seconds_bucket{le="900"} 3'} <= set(lines)
    assert lines[-6:] == [
        'call_seconds_bucket{le="+Inf"} 4',
        "call_seconds_sum 5004.04",
        "call_seconds_count 4",
        "# HELP depth Depth.",
        "# TYPE depth gauge",
        "depth 2.5",
    ]
    assert list(BUCKETS_S) == sorted(BUCKETS_S)


def test_calls_results_and_what_waits_are_counted(
    server: Served, till: ShopTill, provider: FakeVnpay, clock: Clock
) -> None:
    hub = server.hub
    connect_provider(hub.units, VAULT, MERCHANT, VNPAY, fake_vnpay.credentials(provider.url), NOON)
    payment = start(hub, till)
    provider.create_code = "96"
    work(hub)
    provider.create_code = "00"
    clock.forward(2_500)
    found = numbers(server.http.get("/metrics"))
    assert found['bana_work_due{worker="checks"}'] == 1
    assert found['bana_worker_lag_seconds{worker="checks"}'] == 1.5
    work(hub)
    keep(hub, money(payment, 45_000), money(payment, 1, 2, text="BANA09Z0000012 nobody's"))
    found = numbers(server.http.get("/metrics"))
    assert found['bana_inbox_depth{state="received"}'] == 2
    hub.inbox.apply_due(clock.at)
    found = numbers(server.http.get("/metrics"))
    named = 'rail="bank_transfer",provider="vnpay_qr_mms"'
    called = f'bana_billing_rail_execution_total{{{named},operation="present",outcome='
    assert found[f'{called}"failed",failure="provider_unavailable"}}'] == 1
    assert found[f'{called}"pending",failure=""}}'] == 1
    ended = f'{{{named},outcome="success",status="paid"'
    assert found[f'bana_billing_execution_result_total{ended},failure=""}}'] == 1
    assert found[f'bana_billing_execution_seconds_bucket{ended},le="2.5"}}'] == 1
    assert found['bana_inbox_depth{state="received"}'] == 0


def test_an_end_that_was_undone_is_not_told(server: Served, till: ShopTill) -> None:
    payment = start(server.hub, till)

    def op(uow: Any) -> None:
        with suppress(ZeroDivisionError), uow.savepoint():
            save_change(uow, payment, advance(payment, PaymentStatus.EXPIRED, Cause.CLOCK, NOON), Cause.CLOCK, NOON)
            raise ZeroDivisionError

    with capture_logs() as lines:
        server.hub.units.run(MERCHANT, op)
    assert [line for line in lines if line["event"] == "billing.execution.result"] == []


def test_only_this_machine_reads_the_numbers_unless_a_token_is_set(hub_file: Path, clock: Clock) -> None:
    database = SqliteHub(lambda: open_encrypted(hub_file, KEY))
    with served(settings_for(database, clock)) as server:
        assert server.http.get("/metrics").status_code == 200
        for header in ("x-forwarded-for", "forwarded", "x-real-ip"):
            assert server.http.get("/metrics", headers={header: "203.0.113.9"}).status_code == 404
    database = SqliteHub(lambda: open_encrypted(hub_file, KEY))
    with served(settings_for(database, clock, metrics_token=Secret("monitor"))) as server:
        assert [server.http.get("/metrics", headers=head).status_code for head in ({}, bearer("x"))] == [401, 401]
        assert server.http.get("/metrics", headers=bearer("monitor")).status_code == 200


def test_the_token_comes_from_the_environment_or_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("from a file\n", "utf-8")
    assert metrics_token({}) is None
    assert metrics_token({"BANA_METRICS_TOKEN": " told "}) == Secret("told")
    assert metrics_token({"BANA_METRICS_TOKEN_FILE": str(path)}) == Secret("from a file")
    with pytest.raises(OSError, match="none"):
        metrics_token({"BANA_METRICS_TOKEN_FILE": str(tmp_path / "none")})


def test_no_secret_and_nothing_about_a_person_is_in_any_line(server: Served, provider: FakeVnpay, clock: Clock) -> None:
    hub = server.hub
    with capture_logs() as lines:
        connect_provider(hub.units, VAULT, MERCHANT, VNPAY, fake_vnpay.credentials(provider.url), NOON)
        web = Shop(server)
        told = web.order(ORDER | {"method": "vnpay_qr"}).json()
        work(hub)
        reference = web.see(told["id"]).json()["payment"]["reference"]
        notice = fake_vnpay.notice(reference, 200_000)
        path = f"/api/v1/billing/webhook/vnpay_qr_mms/{MERCHANT}"
        assert server.http.post(path, content=notice).status_code == 200
        hub.inbox.apply_due(clock.forward(1_000))
        web.order(ORDER | {"order_ref": "WEB-2"})
    assert web.see(told["id"]).json()["status"] == "paid"
    events = {line["event"] for line in lines}
    assert {"billing.rail.execution", "billing.execution.result", "billing.event.applied", "request"} <= events
    said = json.dumps([*lines, server.http.get("/metrics").text], default=str, ensure_ascii=False)
    customer = ORDER["customer"]
    needles = [
        customer["name"],
        customer["phone"],
        "0912345678",
        "WEB-1001",
        "a-secret-that",
        web.head["authorization"],
    ]
    secrets = [fake_vnpay.CREATE_SECRET, fake_vnpay.CHECK_SECRET, web.head["authorization"].removeprefix("Bearer ")]
    assert [needle for needle in [*needles, *secrets] if needle in said] == []
    assert reference in said
    assert ask(hub.units, "SELECT customer_phone FROM payments ORDER BY reference LIMIT 1") == [(customer["phone"],)]
