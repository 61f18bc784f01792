// @ts-check
/** The reader's progress, on pages that do not hold the lesson: "3 of 16" beside its name. */

import { KEY, count, openStore } from "./store.js";

const store = openStore();

function show() {
  const done = count(store.read());
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("[data-lesson-progress]")
  )) {
    place.textContent = done ? `${done} of ${place.dataset.lessonProgress}` : "";
  }
}

window.addEventListener("storage", (event) => {
  if (event.key === KEY || event.key === null) {
    store.load();
    show();
  }
});
show();
