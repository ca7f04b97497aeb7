// A panel of checkboxes asks as soon as one changes; Escape closes the drawer. Both have a button or link without the script.
(() => {
  "use strict";
  document.addEventListener("change", (event) => event.target.closest("form[data-auto-submit]")?.requestSubmit());
  document.addEventListener("keydown", (event) => {
    const close = document.querySelector("[data-close]");
    if (event.key === "Escape" && close && !document.querySelector(":popover-open")) location.assign(close.href);
  });
})();
