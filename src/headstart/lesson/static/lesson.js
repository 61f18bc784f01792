// @ts-check
/** Brings the lesson to life: guesses, choices, live runs, the check, and what is kept of them. */

import { mountAdvice } from "./advice.js";
import { runLive } from "./run.js";
import { KEY, done, openStore } from "./store.js";

/** @typedef {import("./store.js").Store} Store */

const HEALTH = {
  kept: "",
  blocked: "This browser keeps nothing for this page, so closing it forgets what you did.",
  corrupt: "What was stored here could not be read, so you begin anew.",
};

/**
 * @param {Element} root
 * @param {string} selector
 */
const one = (root, selector) => /** @type {HTMLElement | null} */ (root.querySelector(selector));
/**
 * @param {Element} root
 * @param {string} selector
 */
const all = (root, selector) =>
  /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]);
/** @param {Element | null} input */
const textBeside = (input) => input?.closest("label")?.querySelector("span")?.textContent ?? "";

/**
 * @param {HTMLElement} lesson
 * @param {Store} store
 */
export function mount(lesson, store) {
  const experiments = all(lesson, "[data-experiment]");
  const questions = all(lesson, "[data-question]");
  const shows = [
    ...experiments.map((each) => mountExperiment(each, lesson.dataset.run ?? "", store, refresh)),
    ...questions.map((each) => mountQuestion(each, store, refresh)),
    mountCover(lesson, store, refresh),
    mountProgress(lesson, store, refresh, experiments, questions),
  ];
  mountAdvice(lesson);
  lesson.classList.add("awake");

  function refresh() {
    for (const show of shows) show();
  }
  window.addEventListener("storage", (event) => {
    if (event.key === KEY || event.key === null) {
      store.load();
      refresh();
    }
  });
  refresh();
}

/**
 * @param {HTMLElement} section
 * @param {string} url where to run it; empty for recorded findings only
 * @param {Store} store
 * @param {() => void} refresh
 */
function mountExperiment(section, url, store, refresh) {
  const id = section.dataset.experiment ?? "";
  const guess = one(section, ".guess");
  const choices = one(section, ".choices");
  const picked = () =>
    /** @type {HTMLInputElement | null} */ (section.querySelector(".choices input:checked"))?.value ?? "";
  const current = () => findingOf(section, picked());
  guess?.removeAttribute("hidden");
  choices?.removeAttribute("hidden");
  guess?.addEventListener("change", (event) => {
    store.put("guesses", id, /** @type {HTMLInputElement} */ (event.target).value);
    refresh();
  });
  choices?.addEventListener("change", refresh);
  const showLive = url ? mountLive(section, url, id, picked, store, refresh) : () => {};

  return () => {
    const state = store.read();
    const guessed = state.guesses[id] ?? "";
    const isCovered = state.covered && !guessed;
    for (const input of /** @type {HTMLInputElement[]} */ (all(section, ".guess input"))) {
      input.checked = input.value === guessed;
    }
    for (const finding of all(section, ".finding")) {
      finding.hidden = isCovered || finding !== current();
    }
    one(section, ".cover")?.toggleAttribute("hidden", !isCovered);
    one(section, ".eyebrow .done")?.toggleAttribute("hidden", !guessed && !(id in state.runs));
    const told = one(section, ".guess .told");
    if (told) told.textContent = comparison(section, guessed, current()?.dataset.outcome ?? "");
    showLive();
  };
}

/**
 * What was guessed beside what came true, in the page's words.
 * @param {HTMLElement} section
 * @param {string} guessed
 * @param {string} outcome
 */
function comparison(section, guessed, outcome) {
  if (!guessed) return "";
  const inputs = /** @type {HTMLInputElement[]} */ (all(section, ".guess input"));
  const words = (/** @type {string} */ id) =>
    textBeside(inputs.find((input) => input.value === id) ?? null);
  if (!outcome) return `You guessed “${words(guessed)}”. This choice does not tell.`;
  if (guessed === outcome) return `You guessed “${words(guessed)}”, and so it came in the run below.`;
  return `You guessed “${words(guessed)}”. In the run below it was “${words(outcome)}”.`;
}

/**
 * @param {HTMLElement} section
 * @param {string} url
 * @param {string} id
 * @param {() => string} picked
 * @param {Store} store
 * @param {() => void} refresh
 */
function mountLive(section, url, id, picked, store, refresh) {
  const form = /** @type {HTMLFormElement | null} */ (section.querySelector(".live"));
  if (!form) return () => {};
  const submit = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
  const stop = /** @type {HTMLButtonElement} */ (form.querySelector(".stop"));
  const back = /** @type {HTMLButtonElement} */ (form.querySelector(".back"));
  const state = /** @type {HTMLElement} */ (form.querySelector(".state"));
  /** @type {AbortController | null} */
  let running = null;
  /** @type {Map<string, HTMLElement>} recorded findings that live ones stand for, by choice */
  const recorded = new Map();
  form.hidden = false;
  back.addEventListener("click", () => {
    const old = recorded.get(picked());
    if (old) findingOf(section, picked())?.replaceWith(old);
    recorded.delete(picked());
    state.textContent = "";
    refresh();
    submit.focus();
  });
  stop.addEventListener("click", () => running?.abort());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const seed = Number(new FormData(form).get("seed"));
    const choice = picked();
    running = new AbortController();
    show();
    try {
      const html = await runLive(
        url,
        { experiment: id, choice, seed },
        (line) => (state.textContent = `${line.message ?? ""} …`),
        running.signal,
      );
      const old = replaceFinding(section, choice, html);
      if (old && !recorded.has(choice)) recorded.set(choice, old);
      store.put("runs", id, String(seed));
      state.textContent = "Done; the finding above is this run's.";
    } catch (error) {
      const stopped = running?.signal.aborted;
      state.textContent = stopped ? "Stopped." : `It did not run: ${/** @type {Error} */ (error).message}`;
    } finally {
      running = null;
      refresh();
    }
  });
  function show() {
    const guessed = id in store.read().guesses;
    submit.disabled = running !== null || !guessed;
    stop.hidden = running === null;
    back.hidden = running !== null || !recorded.has(picked());
    if (!guessed) state.textContent = "Guess first, then run it.";
    else if (state.textContent === "Guess first, then run it.") state.textContent = "";
  }
  return show;
}

/**
 * @param {HTMLElement} section
 * @param {string} choice
 */
function findingOf(section, choice) {
  return all(section, ".finding").find((each) => !choice || each.dataset.choice === choice);
}

/**
 * Put a finding in the place of the one with the same choice.
 * @param {HTMLElement} section
 * @param {string} choice
 * @param {string} html made by the server's template, in which all text is escaped
 * @returns {HTMLElement | undefined} the one that stood there
 */
function replaceFinding(section, choice, html) {
  const parsed = new DOMParser().parseFromString(html, "text/html").querySelector(".finding");
  const old = findingOf(section, choice);
  if (parsed && old) old.replaceWith(document.importNode(parsed, true));
  return old;
}

/**
 * @param {HTMLElement} field
 * @param {Store} store
 * @param {() => void} refresh
 */
function mountQuestion(field, store, refresh) {
  const id = field.dataset.question ?? "";
  field.addEventListener("change", (event) => {
    store.put("answers", id, /** @type {HTMLInputElement} */ (event.target).value);
    refresh();
  });
  return () => {
    const given = store.read().answers[id] ?? "";
    let told = "";
    for (const answer of all(field, ".answer")) {
      const input = /** @type {HTMLInputElement} */ (answer.querySelector("input"));
      const because = /** @type {HTMLDetailsElement} */ (answer.querySelector(".because"));
      const isPicked = input.value === given;
      input.checked = isPicked;
      answer.classList.toggle("picked", isPicked);
      because.hidden = !isPicked;
      because.open = isPicked;
      if (isPicked) told = answer.dataset.right === "yes" ? "Right." : "Not quite; another choice says why.";
    }
    const status = one(field, ".told");
    if (status) status.textContent = told;
  };
}

/**
 * @param {HTMLElement} lesson
 * @param {Store} store
 * @param {() => void} refresh
 */
function mountCover(lesson, store, refresh) {
  const box = /** @type {HTMLInputElement | null} */ (lesson.querySelector(".covering"));
  one(lesson, ".controls")?.removeAttribute("hidden");
  box?.addEventListener("change", () => {
    store.cover(box.checked);
    refresh();
  });
  return () => {
    if (box) box.checked = store.read().covered;
  };
}

/**
 * @param {HTMLElement} lesson
 * @param {Store} store
 * @param {() => void} refresh
 * @param {HTMLElement[]} experiments
 * @param {HTMLElement[]} questions
 */
function mountProgress(lesson, store, refresh, experiments, questions) {
  const part = one(lesson, ".progress");
  const note = one(lesson, ".stored");
  let said = "";
  part?.removeAttribute("hidden");
  one(lesson, ".export")?.addEventListener("click", () => {
    download("headstart-lesson.json", store.exportText());
  });
  one(lesson, ".import")?.addEventListener("change", async (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const text = (await input.files?.[0]?.text()) ?? "";
    input.value = "";
    said = store.importText(text) ? "Imported." : "That file is not an export of this lesson.";
    refresh();
  });
  one(lesson, ".reset")?.addEventListener("click", () => {
    store.reset();
    said = "Everything was forgotten.";
    refresh();
  });
  return () => {
    const ids = (/** @type {HTMLElement[]} */ list, /** @type {string} */ name) =>
      list.map((each) => each.dataset[name] ?? "");
    const count = done(store.read(), ids(experiments, "experiment"), ids(questions, "question"));
    const total = experiments.length + questions.length;
    const text = `${count} of ${total} done`;
    const counted = one(lesson, ".counted");
    if (counted) counted.textContent = `${text}: experiments and questions.`;
    for (const place of all(document.documentElement, "[data-progress]")) {
      place.textContent = text;
      place.hidden = false;
    }
    if (note) note.textContent = HEALTH[store.health()] || said;
    said = "";
  };
}

/**
 * @param {string} name
 * @param {string} text
 */
function download(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
}

const found = /** @type {HTMLElement | null} */ (document.querySelector(".lesson"));
if (found) mount(found, openStore());
