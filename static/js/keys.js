// Single keys: "/" searches, "?" tells them all, "g" and a letter goes to a page. Not while somebody types.
(() => {
  "use strict";
  if (document.documentElement.dataset.keys) return;
  const pages = { o: "/", f: "/findings", t: "/events", m: "/matrix", s: "/streams", p: "/principals", a: "/accounts", c: "/coverage" };
  let isGoing = false;
  const isTyping = (element) => element.closest("input, select, textarea, [contenteditable]") !== null;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element) || isTyping(event.target)) return;
    if (isGoing && pages[event.key]) location.assign(pages[event.key]);
    isGoing = event.key === "g";
    if (event.key === "?") document.querySelector("[popovertarget=me]").click();
    if (event.key === "/") {
      event.preventDefault();
      document.getElementById("q").focus();
    }
  });
})();
