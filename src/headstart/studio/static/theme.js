// Runs before the first paint, so that a chosen theme does not flash.
(function () {
  "use strict";
  const KEY = "headstart.theme";
  let chosen = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    chosen = null; // storage is blocked: the system's theme it is
  }
  if (chosen === "light" || chosen === "dark") {
    document.documentElement.dataset.theme = chosen;
  }
})();
