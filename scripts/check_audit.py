"""Check an exported audit trail with nothing but Python: `python check_audit.py FILE [HASH…]`; see docs/audit.md.

Shares no code with the program that wrote the file. Each HASH, a head noted down earlier, must still be in it.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

DEVICE_ACTS = ("till.let_in", "till.restored", "till.shut_out")
COVERED = ("prev_hash", "merchant_id", "device_id", "seq", "action", "subject_id", "actor_id", "at", "facts")


def compact(value: object) -> str:
    """Write JSON as the program writes it: keys sorted, no spaces, every letter as it is."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def genesis(merchant: str, device: str) -> str:
    """Return the hash in front of a device's first entry."""
    return hashlib.sha256(f"genesis\x1f{merchant}\x1f{device}".encode()).hexdigest()


def beginnings(header: dict[str, Any]) -> dict[str, tuple[int, str]]:
    """Return where each chain begins; each device that is listed has one (format 1 lists those that it holds)."""
    listed = header["devices"] if header["version"] > 1 else header["after"]
    if header["version"] > 2 or listed.keys() != header["after"].keys():
        left = ", ".join(sorted(listed.keys() ^ header["after"].keys()))
        raise ValueError(f"line 1: a device is left out or added, or the format is none of mine: {left}")
    heads = {device: (start["seq"], start["hash"]) for device, start in header["after"].items()}
    for device, (seq, last_hash) in heads.items():
        if seq == 0 and last_hash != genesis(header["merchant_id"], device):
            raise ValueError(f"line 1: the chain of {device} does not begin with this shop and device")
    return heads


def follow(number: int, entry: dict[str, Any], merchant: str, heads: dict[str, tuple[int, str]]) -> tuple[int, str]:
    """Return the new head of the chain that an entry goes on with."""
    seq, last_hash = heads.get(entry.get("device_id", ""), (-1, ""))
    if entry.keys() != {"record", "hash", *COVERED} - {"merchant_id"}:
        raise ValueError(f"line {number}: holds something else than an entry")
    if seq < 0 or entry["seq"] != seq + 1:
        raise ValueError(f"line {number}: entries before this line are missing, doubled or out of order")
    if entry["prev_hash"] != last_hash:
        raise ValueError(f"line {number}: does not join the entry before it")
    covered = [{**entry, "merchant_id": merchant}[column] for column in COVERED]
    told = json.dumps(covered, ensure_ascii=False, separators=(",", ":"))
    if hashlib.sha256(told.encode()).hexdigest() != entry["hash"]:
        raise ValueError(f"line {number}: was changed after it was written (entry {entry['seq']})")
    return entry["seq"], entry["hash"]


def check(lines: list[str], *known: str) -> dict[str, dict[str, Any]]:
    """Return the heads of the chains; raise ValueError with the number of the first line that is not as it was."""
    records: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 1):
        records.append(json.loads(line))
        if compact(records[-1]) != line:  # so that nothing stands twice, or beside what the hashes cover
            raise ValueError(f"line {number}: not as the program writes it")
    if len(records) < 2 or records[0].get("format") != "bana-till-audit" or records[-1].get("record") != "footer":
        raise ValueError("the first or the last line is missing")
    header, *entries, footer = records
    heads = beginnings(header)
    hashes = {last_hash for _, last_hash in heads.values()}
    for number, entry in enumerate(entries, 2):
        heads[entry["device_id"]] = follow(number, entry, header["merchant_id"], heads)
        hashes.add(entry["hash"])
        if entry["action"] in DEVICE_ACTS and entry["subject_id"] not in header.get("devices", {entry["subject_id"]}):
            raise ValueError(f"line {number}: tells of device {entry['subject_id']}, which is left out")
    ends = {device: {"seq": seq, "hash": last_hash} for device, (seq, last_hash) in heads.items()}
    if footer["heads"] != ends or footer["count"] != len(entries):
        raise ValueError(f"line {len(records)}: entries at the end are missing, or the last line was changed")
    for device, head in header.get("devices", {}).items():
        seq, last_hash = heads[device]
        if seq > head["seq"] or (last_hash != head["hash"] and (seq == head["seq"] or not header["until"])):
            raise ValueError(f"line {len(records)}: the chain of {device} does not reach its head, entry {head['seq']}")
    if not hashes.issuperset(known):
        raise ValueError("a hash that was noted down is not in this trail: it was written anew")
    return ends


if __name__ == "__main__":
    try:
        text = Path(sys.argv[1]).read_bytes().decode()
        found = check(text.removesuffix("\n").split("\n"), *sys.argv[2:])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        sys.exit(f"BROKEN: {error}")
    if json.loads(text.partition("\n")[0])["version"] == 1:
        print("NOTE: format 1 of an earlier program, which does not list the shop's devices: one left out is not seen")
    for device, end in found.items():
        if end["seq"]:
            print(f"OK: device {device}, up to entry {end['seq']}, head {end['hash']}")
