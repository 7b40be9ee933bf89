// What works without scripts works without this file too.
"use strict";
(() => {
  // Theme: the system's, unless the person chose another one here.
  const root = document.documentElement;
  const kept = localStorage.getItem("theme");
  if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const now = root.dataset.theme || (dark ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
  });
  // Files can be dropped onto a field as well as chosen.
  for (const zone of document.querySelectorAll("[data-drop]")) {
    const input = zone.querySelector("input[type=file]");
    const list = zone.querySelector("[data-files]");
    const tell = () => { list.textContent = [...input.files].map((file) => file.name).join(", "); };
    input.addEventListener("change", tell);
    for (const kind of ["dragenter", "dragover"]) zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("over"); });
    for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => { event.preventDefault(); input.files = event.dataTransfer.files; tell(); });
  }
  // A countdown beside each deadline.
  const span = (seconds) => {
    const late = seconds < 0, s = Math.abs(seconds);
    const words = s < 90 ? `${Math.round(s)} s` : s < 5400 ? `${Math.round(s / 60)} min` : s < 172800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86400)} days`;
    return late ? `${words} late` : `in ${words}`;
  };
  const tick = () => {
    for (const each of document.querySelectorAll("time[data-deadline]")) {
      const seconds = (Date.parse(each.dateTime) - Date.now()) / 1000;
      each.textContent = span(seconds);
      each.classList.toggle("bad", seconds < 0);
    }
  };
  tick();
  setInterval(tick, 1000);
})();
