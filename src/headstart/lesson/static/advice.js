// @ts-check
/** The sliders: leans are summed, reasons named; the rules stand in the page's own lists. */

/**
 * @typedef {object} Position
 * @property {string} text
 * @property {number} lean towards instruct above zero, towards base below
 * @property {string} because
 */

/**
 * What positions come to.
 * @param {readonly Position[]} positions one of each slider
 * @param {readonly {above: number, text: string}[]} recommendations from the most instruct on
 */
export function advise(positions, recommendations) {
  const sum = positions.reduce((total, each) => total + each.lean, 0);
  const fits = recommendations.find((each) => sum > each.above);
  const strongest = positions
    .filter((each) => each.because)
    .toSorted((a, b) => Math.abs(b.lean) - Math.abs(a.lean));
  const why = strongest.map((each) => `${each.lean > 0 ? "For instruct" : "For base"}: ${each.because}.`);
  return { text: fits?.text ?? "", why };
}

/** @param {Element} root the lesson */
export function mountAdvice(root) {
  const form = /** @type {HTMLFormElement | null} */ (root.querySelector(".sliders"));
  if (!form) return;
  const rules = [...root.querySelectorAll("[data-recommendations] li")].map((each) => ({
    above: Number(each.getAttribute("data-above")),
    text: each.textContent ?? "",
  }));
  const inputs = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input")]);

  /** @param {HTMLInputElement} input */
  const positionOf = (input) => {
    const item = root.querySelectorAll(`[data-slider="${input.name}"] li`)[Number(input.value)];
    return {
      text: item?.getAttribute("data-text") ?? "",
      lean: Number(item?.getAttribute("data-lean")),
      because: item?.getAttribute("data-because") ?? "",
    };
  };
  const show = () => {
    for (const input of inputs) {
      const { text } = positionOf(input);
      input.setAttribute("aria-valuetext", text);
      const output = form.querySelector(`output[for="${input.id}"]`);
      if (output) output.textContent = text;
    }
    const found = advise(inputs.map(positionOf), rules);
    const text = form.querySelector(".advised-text");
    if (text) text.textContent = found.text;
    form.querySelector(".advised-why")?.replaceChildren(
      ...found.why.map((each) => Object.assign(document.createElement("li"), { textContent: each })),
    );
  };
  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("reset", () => setTimeout(show));
  show();
}
