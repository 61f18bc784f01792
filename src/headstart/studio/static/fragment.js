/**
 * Parts of a page, drawn anew by the server and put in the place of the old ones. The server
 * escapes all text of models, data and files; nothing else ever becomes markup here.
 */

/** @type {{createHTML: (text: string) => any}} */
const policy = /** @type {any} */ (window).trustedTypes?.createPolicy("headstart", {
  createHTML: (/** @type {string} */ text) => text,
}) ?? { createHTML: (/** @type {string} */ text) => text };

/**
 * @param {HTMLElement[]} parts elements with an id, which is looked for in the page as it is now
 */
export async function refresh(parts) {
  const response = await fetch(location.href, { cache: "no-store" });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(policy.createHTML(await response.text()), "text/html");
  for (const part of parts) {
    const fresh = page.getElementById(part.id);
    if (fresh) replace(part, fresh);
  }
}

/**
 * @param {HTMLElement} old
 * @param {HTMLElement} fresh
 */
function replace(old, fresh) {
  const open = new Set(
    [...old.querySelectorAll("details[open][data-key]")].map((one) => one.getAttribute("data-key")),
  );
  const focused = path(old, document.activeElement);
  for (const one of fresh.querySelectorAll("details[data-key]")) {
    if (open.has(one.getAttribute("data-key"))) one.setAttribute("open", "");
  }
  old.dataset.topics = fresh.dataset.topics ?? "";
  old.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
  if (focused) /** @type {HTMLElement | null} */ (old.querySelector(focused))?.focus();
}

/**
 * A way to the focused element that also holds in the fresh part.
 * @param {HTMLElement} root
 * @param {Element | null} element
 */
function path(root, element) {
  if (!element || !root.contains(element) || element === root) return "";
  const steps = [];
  for (let at = element; at !== root; at = /** @type {Element} */ (at.parentElement)) {
    const place = [.../** @type {Element} */ (at.parentElement).children].indexOf(at) + 1;
    steps.unshift(`${at.localName}:nth-child(${place})`);
  }
  return `:scope > ${steps.join(" > ")}`;
}
