/** The compare page: both replies as they are computed, then the strip with its cursor. */

import { values } from "./ndjson.js";
import { Strip } from "./strip.js";

/** @typedef {"base" | "instruct"} Pane */

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const form = /** @type {HTMLFormElement} */ (at("ask"));
const runButton = /** @type {HTMLButtonElement} */ (at("run"));
const stopButton = /** @type {HTMLButtonElement} */ (at("stop"));
const strip = new Strip(at("strip"));
const REASONS = {
  "turn end": "It ended its turn.",
  "document end": "It wrote the end of a document.",
  length: "It was cut off: that many tokens were allowed.",
  "stopped by you": "You stopped it.",
};
/** @type {string | null} */
let running = null;

/** @param {string} pane @param {string} part */
function inPane(pane, part) {
  return /** @type {HTMLElement} */ (document.querySelector(`#pane-${pane} ${part}`));
}

/** What the form says, under the names of a link. */
function asked() {
  const data = new FormData(form);
  const text = (/** @type {string} */ name) => String(data.get(name) ?? "");
  return {
    base: text("base"),
    inst: text("inst"),
    prompt: text("prompt"),
    mode: text("mode"),
    seed: Number(text("seed")),
    temp: Number(text("temp")),
    max: Number(text("max")),
  };
}

function link() {
  const fields = Object.entries(asked()).map(([name, value]) => [name, String(value)]);
  const address = `/compare?${new URLSearchParams(fields)}`;
  at("link").setAttribute("href", address);
  for (const twin of document.querySelectorAll("[data-twin]")) {
    twin.setAttribute("href", address.replace("/compare?", "/compare.json?"));
  }
  return address;
}

/**
 * @param {HTMLElement} place
 * @param {{text: string, special: boolean}} piece
 */
function write(place, piece) {
  if (!piece.text) return;
  if (piece.special) {
    const marker = document.createElement("span");
    marker.className = "special";
    marker.textContent = piece.text;
    place.append(marker);
  } else {
    place.append(piece.text);
  }
}

/** @param {{base: string, inst: string}} ask */
function names(ask) {
  inPane("base", ".name").textContent = ask.base;
  inPane("instruct", ".name").textContent = ask.inst;
}

function clear() {
  at("failed").hidden = true;
  at("badge").hidden = true;
  strip.clear();
  for (const pane of ["base", "instruct"]) {
    inPane(pane, ".reply").replaceChildren();
    inPane(pane, ".exact").replaceChildren();
    inPane(pane, ".why").textContent = "";
    inPane(pane, ".why").classList.remove("bad");
    inPane(pane, ".input").hidden = true;
  }
}

/** @param {any} line */
function take(line) {
  switch (line.type) {
    case "waiting":
      say(`Waiting: ${line.before} before this`);
      break;
    case "given":
      say("Writing");
      given(line);
      break;
    case "token":
      write(inPane(line.pane, ".reply"), line);
      break;
    case "ended":
      why(line.pane, line.why, line.tokens);
      break;
    case "failed":
      failed(line);
      break;
    case "replayed":
      strip.show(line.strip);
      break;
    case "done":
      finished(line);
      break;
  }
}

/** @param {any} line */
function given(line) {
  inPane(line.pane, ".input").hidden = false;
  inPane(line.pane, ".how").textContent = line.how;
  for (const piece of line.pieces) write(inPane(line.pane, ".exact"), piece);
}

/** @param {string} pane @param {keyof REASONS} reason @param {number} tokens */
function why(pane, reason, tokens) {
  const count = tokens === 1 ? "1 token" : `${tokens} tokens`;
  inPane(pane, ".why").textContent = `${REASONS[reason] ?? reason} ${count}.`;
}

/** @param {any} line */
function failed(line) {
  if (line.pane === "both") {
    problem(line.fact, line.hint);
    return;
  }
  const place = inPane(line.pane, ".why");
  place.textContent = `${line.fact}. ${line.hint}`;
  place.classList.add("bad");
}

/** @param {string} fact @param {string} hint */
function problem(fact, hint) {
  const first = document.createElement("p");
  const second = document.createElement("p");
  first.textContent = fact;
  second.textContent = hint;
  at("failed").replaceChildren(first, second);
  at("failed").hidden = false;
}

/** @param {any} line */
function finished(line) {
  const after = line.after_stop === null ? "" : `; ${line.after_stop} tokens after the stop`;
  say(`Done in ${line.seconds.toFixed(1)} s${after}`);
}

/** @param {string} text */
function say(text) {
  at("state").textContent = text;
}

/** @param {string} kind @param {string} text */
function badge(kind, text) {
  const mark = document.createElement("span");
  mark.className = "badge";
  mark.textContent = kind;
  at("badge").replaceChildren(mark, ` ${text}`);
  at("badge").hidden = false;
}

async function run() {
  if (running || !form.reportValidity()) return;
  const id = crypto.randomUUID ? crypto.randomUUID() : fallbackId();
  running = id;
  const ask = asked();
  history.replaceState(null, "", link());
  clear();
  names(ask);
  runButton.disabled = true;
  stopButton.disabled = false;
  say("Starting");
  badge("Live", ask.temp ? `drawn with seed ${ask.seed}` : "greedy: the most probable token each time");
  try {
    await stream(id, ask);
  } catch {
    problem("The stream broke off.", "The studio may have been stopped; run it again.");
    say("");
  } finally {
    running = null;
    runButton.disabled = false;
    stopButton.disabled = true;
  }
}

/** @param {string} id @param {object} ask */
async function stream(id, ask) {
  const response = await fetch("/compare/run", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ id, ask }),
  });
  if (!response.ok || !response.body) {
    const told = await response.text();
    problem("The request was refused.", told.startsWith("{") ? JSON.parse(told).error.fact : "Check the fields.");
    say("");
    return;
  }
  for await (const line of values(response.body)) take(line);
}

/** Outside of secure contexts there is no randomUUID. */
function fallbackId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function stop() {
  if (!running) return;
  say("Stopping");
  stopButton.disabled = true;
  await fetch("/compare/stop", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ id: running }),
  });
}

function restore() {
  const stored = document.getElementById("recorded");
  if (!stored) return;
  const found = JSON.parse(stored.textContent ?? "null");
  clear();
  names(found.ask);
  const drawn = found.ask.temp ? `, seed ${found.ask.seed}` : "";
  badge("Recorded", `${found.ask.base} and ${found.ask.inst}${drawn}, ${found.day}`);
  for (const [pane, side] of Object.entries(found.sides)) {
    if (side.given.pieces) given(side.given);
    for (const piece of side.pieces) write(inPane(pane, ".reply"), piece);
    if (typeof side.why === "string") why(pane, /** @type {any} */ (side.why), side.tokens);
    else failed({ pane, fact: side.why.why, hint: "" });
  }
  strip.show(found.strip);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void run();
});
form.addEventListener("input", link);
stopButton.addEventListener("click", () => void stop());
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void run();
  else if (event.key === "Escape") void stop();
});
for (const example of document.querySelectorAll(".example")) {
  example.addEventListener("click", () => {
    /** @type {HTMLTextAreaElement} */ (at("prompt")).value = example.textContent ?? "";
    link();
  });
}
restore();
runButton.disabled = false; // until here a press would only have sent the form
