/**
 * The instruct model's reply as the base sees it: one token after the other, with a cursor that
 * shows what each model would have written there. All text goes in as text.
 */

const SHIFTED = "shifted";

/**
 * @typedef {object} Candidate
 * @property {string} text
 * @property {number} rank
 * @property {number} probability
 */
/**
 * @typedef {object} Position
 * @property {string} text
 * @property {number} rank
 * @property {number} probability
 * @property {number} own_rank
 * @property {number} own_probability
 * @property {number} bits
 * @property {string} drift
 * @property {Candidate[]} base
 * @property {Candidate[]} instruct
 */

export class Strip {
  /** @type {Position[]} */
  #positions = [];
  #at = 0;
  #root;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#part(".tokens").addEventListener("keydown", (event) => this.#key(event));
    this.#part(".tokens").addEventListener("click", (event) => {
      const token = /** @type {Element} */ (event.target).closest("[data-place]");
      if (token) this.#move(Number(token.getAttribute("data-place")));
    });
  }

  clear() {
    this.#positions = [];
    this.#root.hidden = true;
  }

  /** @param {{positions: Position[] | {why: string}, counts: Record<string, number>, finding: string}} strip */
  show(strip) {
    this.#root.hidden = false;
    const known = Array.isArray(strip.positions);
    for (const part of [".legend", ".tokens", ".cursor"]) this.#part(part).hidden = !known;
    if (!Array.isArray(strip.positions)) {
      this.#part("h2").textContent = `No shift strip: ${strip.positions.why}.`;
      return;
    }
    this.#positions = strip.positions;
    this.#part("h2").textContent = strip.finding;
    this.#part(".counts").textContent = Object.entries(strip.counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ");
    this.#part(".tokens").replaceChildren(...strip.positions.map(token));
    this.#move(Math.max(0, strip.positions.findIndex((one) => one.drift === SHIFTED)));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const to = this.#target(event.key);
    if (to === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#move(to);
  }

  /** @param {string} key @returns {number | null} */
  #target(key) {
    const last = this.#positions.length - 1;
    switch (key) {
      case "ArrowRight":
      case "ArrowDown":
        return Math.min(last, this.#at + 1);
      case "ArrowLeft":
      case "ArrowUp":
        return Math.max(0, this.#at - 1);
      case "Home":
        return 0;
      case "End":
        return last;
      case "n":
      case "N":
        return this.#next();
      default:
        return null;
    }
  }

  /** The next shifted token; after the last one, the first. */
  #next() {
    const places = this.#positions.flatMap((one, place) => (one.drift === SHIFTED ? [place] : []));
    return places.find((place) => place > this.#at) ?? places[0] ?? this.#at;
  }

  /** @param {number} place */
  #move(place) {
    const tokens = this.#part(".tokens");
    tokens.children[this.#at]?.setAttribute("aria-selected", "false");
    this.#at = place;
    const chosen = tokens.children[place];
    if (!chosen) return;
    chosen.setAttribute("aria-selected", "true");
    tokens.setAttribute("aria-activedescendant", chosen.id);
    this.#part(".cursor").replaceChildren(...details(this.#positions[place]));
  }

  /** @param {string} selector */
  #part(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
}

/** @param {Position} position @param {number} place */
function token(position, place) {
  const element = document.createElement("span");
  element.className = `tok ${position.drift}`;
  element.id = `token-${place}`;
  element.dataset.place = String(place);
  element.setAttribute("role", "option");
  element.setAttribute("aria-selected", "false");
  element.setAttribute("aria-label", `${visible(position.text) || "nothing"}: ${position.drift}`);
  element.textContent = visible(position.text) || "·";
  return element;
}

/** @param {Position} position */
function details(position) {
  const heading = document.createElement("p");
  const what = document.createElement("strong");
  what.textContent = visible(position.text) || "(nothing visible)";
  heading.append(
    what,
    ` is ${position.drift}: rank ${position.rank.toLocaleString("en")} and ${percent(position.probability)} ` +
      `in the base, rank ${position.own_rank} and ${percent(position.own_probability)} in the instruct model; ` +
      `they lie ${position.bits.toFixed(2)} bits apart here.`,
  );
  const both = document.createElement("div");
  both.className = "candidates";
  both.append(table("Base would write", position.base), table("Instruct would write", position.instruct));
  return [heading, both];
}

/** @param {string} caption @param {Candidate[]} candidates */
function table(caption, candidates) {
  const found = document.createElement("table");
  const title = document.createElement("caption");
  title.textContent = caption;
  const body = document.createElement("tbody");
  for (const one of candidates) body.append(row(one));
  found.append(title, body);
  return found;
}

/** @param {Candidate} one */
function row(one) {
  const found = document.createElement("tr");
  const name = document.createElement("th");
  name.scope = "row";
  name.textContent = visible(one.text) || "(nothing visible)";
  const share = document.createElement("td");
  share.className = "n";
  share.textContent = percent(one.probability);
  const bar = document.createElement("td");
  const meter = document.createElement("meter");
  meter.max = 1;
  meter.value = one.probability;
  meter.setAttribute("aria-label", `probability of ${visible(one.text) || "nothing visible"}`);
  bar.append(meter);
  found.append(name, bar, share);
  return found;
}

/** @param {number} share */
function percent(share) {
  return share > 0 && share < 0.001 ? "below 0.1%" : `${(100 * share).toFixed(1)}%`;
}

/**
 * Spaces and line breaks made visible.
 * @param {string} text
 */
function visible(text) {
  return text
    .replace(/\n/g, "⏎")
    .replace(/\t/g, "⇥")
    .replace(/[\p{Cc}\p{Cf}]/gu, (letter) => `U+${/** @type {number} */ (letter.codePointAt(0)).toString(16).toUpperCase()}`)
    .replace(/^ | $/g, "␣");
}
