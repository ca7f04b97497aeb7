// A panel of checkboxes asks as soon as one changes, empty boxes stay out of the address, Escape closes the drawer.
// All of it works without the script too, by a button, a longer address, a link.
(() => {
  "use strict";
  document.addEventListener("change", (event) => event.target.closest("form[data-auto-submit]")?.requestSubmit());
  document.addEventListener("formdata", (event) => {
    if (event.target.method === "get") for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });
  // A drawer opens with a page of its own: the focus follows into it, and back to the row that it was opened from, which is in view.
  const close = document.querySelector("[data-close]");
  const opened = sessionStorage.getItem("opened");
  sessionStorage.removeItem("opened");
  (close ?? [...document.links].find((link) => link.getAttribute("href") === opened))?.focus({ preventScroll: Boolean(close) });
  document.querySelector('tr[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  close?.addEventListener("click", () => {
    const row = document.querySelector('[aria-selected="true"] a');
    if (row) sessionStorage.setItem("opened", row.getAttribute("href"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && close && !document.querySelector(":popover-open")) close.click();
  });
})();
