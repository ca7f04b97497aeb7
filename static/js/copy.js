// Buttons that copy: data-copy="#id of the element whose text is copied". Without the script they stay hidden.
(() => {
  "use strict";
  const reveal = (root) => root.querySelectorAll("[data-copy][hidden]").forEach((button) => { button.hidden = false; });
  reveal(document);
  document.addEventListener("htmx:after:swap", () => reveal(document));
  document.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
    if (!button) return;
    const source = document.querySelector(button.dataset.copy);
    const lines = [...source.querySelectorAll("pre > span:not(.del), pre.code > span:not(.del)")];
    const text = (lines.length ? lines.map((line) => line.textContent) : [source.textContent]).join("\n");
    await navigator.clipboard.writeText(text);
    const label = button.querySelector("span");
    const before = label.textContent;
    label.textContent = "Copied";
    setTimeout(() => { label.textContent = before; }, 1500);
  });
})();
