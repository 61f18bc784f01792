/** What every page does: theme, queue, fresh parts, and the word when the server is gone. */

import { Changes } from "./changes.js";
import { refresh } from "./fragment.js";

const KEY = "headstart.theme";
const SETTLE_MS = 250;

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

function theme() {
  const select = /** @type {HTMLSelectElement} */ (at("theme"));
  select.hidden = false;
  select.value = document.documentElement.dataset.theme ?? "system";
  select.addEventListener("change", () => {
    if (select.value === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = select.value;
    try {
      if (select.value === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, select.value);
    } catch {
      // storage is blocked: the choice holds for this page
    }
  });
}

async function queue() {
  const shown = at("queue");
  try {
    const { jobs } = await (await fetch("/health", { cache: "no-store" })).json();
    shown.textContent = jobs === 1 ? "1 job" : `${jobs} jobs`;
    shown.hidden = jobs === 0;
  } catch {
    shown.hidden = true;
  }
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** @type {Set<HTMLElement>} */
const stale = new Set();

/** @param {string} topic */
function changed(topic) {
  if (topic === "jobs" || topic === "all") void queue();
  for (const part of document.querySelectorAll("[data-topics]")) {
    const topics = (part.getAttribute("data-topics") ?? "").split(" ");
    if (topic === "all" || topics.includes(topic)) stale.add(/** @type {HTMLElement} */ (part));
  }
  if (stale.size && timer === undefined) timer = setTimeout(redraw, SETTLE_MS);
}

async function redraw() {
  const parts = [...stale];
  stale.clear();
  try {
    await refresh(parts);
  } catch {
    // the server is gone: the banner says so, and all is drawn anew when it is back
  } finally {
    timer = stale.size ? setTimeout(redraw, SETTLE_MS) : undefined;
  }
}

const changes = new Changes(document.body.dataset.lastEvent ?? "", {
  changed,
  gone: (gone) => {
    at("gone").hidden = !gone;
    if (!gone) changed("all");
  },
});

at("retry").addEventListener("click", async () => {
  if (await changes.check()) location.reload();
});
theme();
void queue();
changes.start();
