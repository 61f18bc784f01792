// @ts-check
/** System, light or dark; kept in this browser where storage allows. */

import { browserStorage } from "./store.js";

const KEY = "headstart.theme";
const select = /** @type {HTMLSelectElement | null} */ (document.querySelector(".theme select"));

/** @param {string} theme light, dark, or empty for the system's */
function apply(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

function stored() {
  try {
    const found = browserStorage()?.getItem(KEY) ?? "";
    return ["light", "dark"].includes(found) ? found : "";
  } catch {
    return "";
  }
}

apply(stored());
if (select) {
  select.value = stored();
  select.closest("label")?.removeAttribute("hidden");
  select.addEventListener("change", () => {
    apply(select.value);
    try {
      browserStorage()?.setItem(KEY, select.value);
    } catch {
      // a theme that is not remembered still applies to this page
    }
  });
}
