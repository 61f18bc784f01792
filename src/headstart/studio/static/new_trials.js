/** A data file dropped on the page: kept by the studio, then looked at. */

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const zone = at("drop");
const form = /** @type {HTMLFormElement} */ (at("wanted"));

/** @param {File | undefined} file */
async function take(file) {
  if (!file) return;
  at("dropped").textContent = `Reading ${file.name}`;
  const address = `/trials/data?name=${encodeURIComponent(file.name)}`;
  try {
    const response = await fetch(address, { method: "POST", body: file });
    const told = await response.json();
    if (!response.ok) {
      at("dropped").textContent = `${told.error.fact}. ${told.error.hint}`;
      return;
    }
    /** @type {HTMLInputElement} */ (at("data")).value = told.data;
    form.requestSubmit();
  } catch {
    at("dropped").textContent = "The file could not be sent; is the studio still there?";
  }
}

for (const kind of ["dragenter", "dragover"]) {
  zone.addEventListener(kind, (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
}
zone.addEventListener("dragleave", () => zone.classList.remove("over"));
zone.addEventListener("drop", (event) => {
  event.preventDefault();
  zone.classList.remove("over");
  void take(event.dataTransfer?.files[0]);
});
at("file").addEventListener("change", (event) => {
  void take(/** @type {HTMLInputElement} */ (event.target).files?.[0]);
});
