// Before anything is drawn, so that a page does not flash in the wrong colours.
(() => {
  try {
    const wanted = localStorage.getItem("theme");
    if (wanted === "light" || wanted === "dark") document.documentElement.dataset.theme = wanted;
  } catch {
    // Storage that is switched off: as the system says.
  }
})();
