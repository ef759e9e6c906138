// Sends what the person does to the control API and keeps the live parts of the page fresh.
"use strict";

const words = JSON.parse(document.getElementById("words").textContent);
const language = document.documentElement.lang;
const toast = document.getElementById("toast");
const chaosForm = document.getElementById("chaos");
let seen = "";
let toastTimer = 0;

function say(key, bad, detail) {
  toast.textContent = (words[key] || words["refused.other"]) + (detail ? " · " + detail : "");
  toast.className = bad ? "shown bad" : "shown";
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { toast.className = ""; }, 3500);
}

async function post(path, body) {
  let reply;
  try {
    reply = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
  } catch {
    say("said.offline", true);
    return null;
  }
  const answer = await reply.json();
  if (reply.ok) return answer;
  say("refused." + answer.refused, true);
  return null;
}

function tell(answer) {
  const events = answer.events || (answer.state ? [answer] : []);
  if (answer.plan) return say("said.planned");
  if (!events.length) return say("said.done");
  const last = events[events.length - 1];
  const codes = last.attempts.map((attempt) => attempt.code || attempt.status || "–");
  const key = { accepted: "said.accepted", refused: "said.refused", retrying: "said.retrying", lost: "said.lost" };
  return say(key[last.state] || "said.sent", last.state === "refused", codes.slice(-3).join(", "));
}

function digits(text) {
  return Number((text || "").replace(/\D/g, ""));
}

// Returns null when an input that must be filled in is empty.
function readInputs(card, names) {
  const found = {};
  for (const wanted of names.split(" ").filter(Boolean)) {
    const name = wanted.replace("!", "");
    const value = digits(card.querySelector(`[name="${name}"]`).value);
    if (value) found[name] = value;
    else if (wanted.endsWith("!")) {
      card.querySelector(`[name="${name}"]`).focus();
      say("refused.amount_missing", true);
      return null;
    }
  }
  return found;
}

async function press(button) {
  const card = button.closest("[data-offer]");
  const typed = readInputs(card, button.dataset.reads || "");
  if (typed === null) return;
  const body = { ...JSON.parse(button.dataset.body), ...typed };
  if (card) body.offer = card.dataset.offer;
  button.disabled = true;
  const answer = await post(button.dataset.path, body);
  button.disabled = false;
  if (answer) tell(answer);
  await refresh();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-path]");
  if (button) press(button);
});

const scanForm = document.getElementById("scan");
scanForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await post("/control/offer", { qr_text: scanForm.elements.qr_text.value });
  if (!answer) return;
  scanForm.reset();
  say("said.opened");
  await refresh();
});
// A hand scanner ends its text with Enter; a person pasting text does not need line breaks either.
scanForm.elements.qr_text.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    event.preventDefault();
    scanForm.requestSubmit();
  }
});

const transferForm = document.getElementById("transfer");
transferForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const amount = digits(transferForm.elements.amount.value);
  if (!amount) return say("refused.amount_missing", true);
  const content = transferForm.elements.content.value;
  const answer = await post("/control/pay", { account_number: transferForm.dataset.account, amount, content });
  if (answer) tell(answer);
  return refresh();
});

chaosForm.addEventListener("submit", (event) => event.preventDefault());
chaosForm.addEventListener("change", async (event) => {
  const input = event.target;
  if (input.validity && !input.validity.valid) return input.reportValidity();
  await post("/control/chaos", { [input.name]: said(input) });
  return refresh();
});
document.getElementById("reset").addEventListener("click", async () => {
  await post("/control/chaos", { reset: true });
  await refresh();
});

// What a switch says: a tick, a name, a number, or what its empty field means.
function said(input) {
  if (input.type === "checkbox") return input.checked;
  if (input.type !== "number") return input.value;
  return input.value === "" ? JSON.parse(input.dataset.nothing) : Number(input.value);
}

function showChaos(chaos) {
  for (const input of chaosForm.querySelectorAll("input, select")) {
    if (input === document.activeElement && input.type !== "checkbox") continue;
    if (input.type === "checkbox") input.checked = chaos[input.name];
    else input.value = chaos[input.name] || "";
  }
}

// Swaps a part without closing what is open or losing what is typed.
function swap(part, html) {
  const open = new Set([...part.querySelectorAll("details[open]")].map((item) => item.dataset.key));
  const typed = new Map([...part.querySelectorAll("input")].map((input) => [input.id, input.value]));
  const active = document.activeElement;
  const focused = part.contains(active) && active.id;
  const scrolled = part.scrollTop;
  part.innerHTML = html;
  for (const item of part.querySelectorAll("details")) item.open = open.has(item.dataset.key);
  for (const input of part.querySelectorAll("input")) if (typed.has(input.id)) input.value = typed.get(input.id);
  if (focused) document.getElementById(focused)?.focus();
  part.scrollTop = scrolled;
}

async function refresh() {
  try {
    const reply = await fetch("/live?lang=" + language, { headers: { "If-None-Match": seen } });
    if (reply.status === 200) {
      seen = reply.headers.get("ETag");
      const live = await reply.json();
      swap(document.getElementById("codes"), live.codes);
      swap(document.getElementById("log"), live.log);
      showChaos(live.chaos);
    }
  } catch {
    say("said.offline", true);
  }
  countDown();
}

function countDown() {
  for (const time of document.querySelectorAll("time[data-until]")) {
    const left = Math.max(0, Math.round((Number(time.dataset.until) - Date.now()) / 1000));
    time.textContent = Math.floor(left / 60) + ":" + String(left % 60).padStart(2, "0");
  }
}

countDown();
setInterval(refresh, 1000);
