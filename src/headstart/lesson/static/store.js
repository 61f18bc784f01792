// @ts-check
/**
 * What the reader did, kept in this browser only. Blocked storage leaves everything working until
 * the page is closed; storage that cannot be understood is put aside and begun anew.
 */

/** Names the lesson and the version of the layout; no other key is ever touched. */
export const KEY = "headstart.lesson.base-vs-instruct.v1";
/** A file to import may be this long, in characters. */
export const MOST_TEXT = 100_000;

const MAPS = /** @type {const} */ (["guesses", "runs", "answers"]);
const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;

/**
 * @typedef {object} State
 * @property {1} version of this layout
 * @property {Record<string, string>} guesses option by experiment
 * @property {Record<string, string>} runs seed of the last live run, by experiment
 * @property {Record<string, string>} answers choice by question
 * @property {boolean} covered whether findings are covered until guessed
 */

/** @typedef {"kept" | "blocked" | "corrupt"} Health */

/** @returns {State} nothing done yet */
export function empty() {
  return { version: 1, guesses: {}, runs: {}, answers: {}, covered: false };
}

/**
 * Read a state from text; null where it is not one.
 * @param {string} text
 * @returns {State | null}
 */
export function parse(text) {
  if (text.length > MOST_TEXT) return null;
  /** @type {unknown} */
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof found !== "object" || found === null || Array.isArray(found)) return null;
  const given = /** @type {Record<string, unknown>} */ (found);
  if (given.version !== 1) return null;
  const state = empty();
  state.covered = given.covered === true;
  for (const name of MAPS) {
    const map = given[name] ?? {};
    if (typeof map !== "object" || map === null || Array.isArray(map)) return null;
    for (const [id, value] of Object.entries(map)) {
      if (!ID.test(id) || typeof value !== "string" || !ID.test(value)) return null;
      state[name][id] = value;
    }
  }
  return state;
}

/**
 * How many experiments and questions of a page are done.
 * @param {State} state
 * @param {readonly string[]} experiments ids on the page
 * @param {readonly string[]} questions ids on the page
 */
export function done(state, experiments, questions) {
  const has = (/** @type {Record<string, string>} */ map, /** @type {string} */ id) =>
    Object.hasOwn(map, id);
  const tried = experiments.filter((id) => has(state.guesses, id) || has(state.runs, id));
  return tried.length + questions.filter((id) => has(state.answers, id)).length;
}

/**
 * How much is done, whatever is on the page.
 * @param {State} state
 */
export function count(state) {
  const tried = new Set([...Object.keys(state.guesses), ...Object.keys(state.runs)]);
  return tried.size + Object.keys(state.answers).length;
}

/** @returns {Storage | null} this browser's storage; null where it is blocked */
export function browserStorage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/**
 * Open what was stored. Every change is written at once.
 * @param {Pick<Storage, "getItem" | "setItem" | "removeItem"> | null} storage null keeps nothing
 */
export function openStore(storage = browserStorage()) {
  let state = empty();
  /** @type {Health} */
  let health = storage ? "kept" : "blocked";

  function load() {
    if (!storage) return;
    try {
      const text = storage.getItem(KEY);
      const found = text === null ? empty() : parse(text);
      state = found ?? empty();
      health = found ? "kept" : "corrupt";
    } catch {
      health = "blocked";
    }
  }

  function save() {
    if (!storage) return;
    try {
      storage.setItem(KEY, JSON.stringify(state));
      health = "kept";
    } catch {
      health = "blocked";
    }
  }

  load();
  return {
    /** Read again, after another tab wrote. */
    load,
    /** @returns {State} a copy */
    read: () => structuredClone(state),
    /** @returns {Health} whether what is done outlives the page */
    health: () => health,
    /**
     * Store one thing that was done.
     * @param {"guesses" | "runs" | "answers"} map
     * @param {string} id
     * @param {string} value
     */
    put(map, id, value) {
      if (!ID.test(id) || !ID.test(value)) throw new RangeError(`not an id: ${id} ${value}`);
      state[map][id] = value;
      save();
    },
    /** @param {boolean} covered */
    cover(covered) {
      state.covered = covered;
      save();
    },
    /** Forget everything; other keys of this origin stay. */
    reset() {
      state = empty();
      try {
        storage?.removeItem(KEY);
        health = storage ? "kept" : "blocked";
      } catch {
        health = "blocked";
      }
    },
    /** @returns {string} all of it as JSON */
    exportText: () => `${JSON.stringify(state, null, 1)}\n`,
    /**
     * Replace everything by what was exported.
     * @param {string} text
     * @returns {boolean} false where the text is not a state; nothing is changed then
     */
    importText(text) {
      const found = parse(text);
      if (!found) return false;
      state = found;
      save();
      return true;
    },
  };
}

/** @typedef {ReturnType<typeof openStore>} Store */
