// Pages work without this. With it, "Now" is always up to date, and of the letters only those that are typed are explained.
"use strict";

const now = document.getElementById("now");
if (now && "EventSource" in window) {
  const events = new EventSource(now.dataset.events);
  const lost = document.getElementById("now-lost");
  let shown;
  events.onmessage = (event) => {
    lost.hidden = true;
    if (event.data === shown) return;
    shown = event.data;
    // Whoever is about to press a button stays at it.
    const row = document.activeElement && document.activeElement.closest("[data-session]");
    now.innerHTML = event.data;
    if (row) now.querySelector(`[data-session="${CSS.escape(row.dataset.session)}"] button`)?.focus();
  };
  // What is shown may be old: after a restart, or when the session has ended.
  events.onerror = () => { lost.hidden = false; };
}

const params = document.getElementById("SPY_PARAMS");
const letters = document.getElementById("letters");
if (params && letters) {
  const show = () => {
    const typed = params.value.replace(/\([^)]*\)?/g, "");
    for (const term of letters.querySelectorAll("dt")) {
      const isUsed = typed.includes(term.textContent);
      term.classList.toggle("unused", !isUsed && typed !== "");
      term.nextElementSibling.classList.toggle("unused", !isUsed && typed !== "");
    }
  };
  letters.open = true;
  params.addEventListener("input", show);
  show();
}
