// A panel of checkboxes asks as soon as one changes, empty boxes stay out of the address, Escape closes the drawer.
// All of it works without the script too, by a button, a longer address, a link.
(() => {
  "use strict";
  document.addEventListener("change", (event) => event.target.closest("form[data-auto-submit]")?.requestSubmit());
  document.addEventListener("formdata", (event) => {
    if (event.target.method === "get") for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });
  document.addEventListener("keydown", (event) => {
    const close = document.querySelector("[data-close]");
    if (event.key === "Escape" && close && !document.querySelector(":popover-open")) location.assign(close.href);
  });
})();
