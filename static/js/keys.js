// Single keys: "/" searches, "?" tells them all, "g" and a letter goes to a page, "j" and "k" walk the rows of tables,
// "[" and "]" turn pages. Not while somebody types.
(() => {
  "use strict";
  if (document.documentElement.dataset.keys) return;
  const pages = { o: "/", f: "/findings", t: "/events", m: "/matrix", s: "/streams", p: "/principals", a: "/accounts", c: "/coverage" };
  const steps = { j: 1, k: -1 }, turns = { "[": "a[rel=prev], a[rel=first]", "]": "a[rel=next]" };
  let isGoing = false;
  const walk = (step) => {
    const links = [...document.querySelectorAll(".main .tbl tbody tr")].map((row) => row.querySelector("a[href]")).filter((link) => link?.checkVisibility());
    const find = (isHere) => links.findLastIndex((link) => isHere(link.closest("tr")));
    const focused = find((row) => row.contains(document.activeElement));
    const here = focused < 0 ? find((row) => row.ariaSelected === "true") : focused;
    links[Math.min(Math.max(here + step, 0), links.length - 1)]?.focus();
  };
  const isTyping = (element) => element.closest("input, select, textarea, [contenteditable]") !== null;
  // Many keyboards have brackets behind AltGr, which is Ctrl and Alt on Windows, or behind Option, which is Alt.
  const isBracket = (event) => turns[event.key] && (event.getModifierState("AltGraph") || !event.ctrlKey);
  document.addEventListener("keydown", (event) => {
    if (event.metaKey || ((event.ctrlKey || event.altKey) && !isBracket(event)) || !(event.target instanceof Element) || isTyping(event.target)) return;
    if (isGoing && pages[event.key]) location.assign(pages[event.key]);
    isGoing = event.key === "g";
    if (steps[event.key]) walk(steps[event.key]);
    if (turns[event.key]) (document.querySelector(".drawer") ?? document).querySelector(turns[event.key])?.click();
    if (event.key === "?") document.querySelector("[popovertarget=me]").click();
    if (event.key === "/") {
      event.preventDefault();
      document.getElementById("q").focus();
    }
  });
})();
