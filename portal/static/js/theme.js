// Light or dark: the system decides until a person chooses. Runs in the head, before anything is painted.
(() => {
  const KEY = "portal-theme";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return localStorage.getItem(KEY) || "system";
    } catch {
      return "system"; // storage may be switched off; the page follows the system then
    }
  }

  function keep(theme) {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // the choice holds for this page only
    }
  }

  function show(theme) {
    const shown = theme === "system" ? (dark.matches ? "dark" : "light") : theme;
    document.documentElement.dataset.bsTheme = shown;
    for (const input of document.querySelectorAll("input[name=theme]")) input.checked = input.value === theme;
  }

  show(chosen());
  dark.addEventListener("change", () => show(chosen()));
  document.addEventListener("DOMContentLoaded", () => show(chosen()));
  document.addEventListener("change", (event) => {
    if (!event.target.matches("input[name=theme]")) return;
    keep(event.target.value);
    show(event.target.value);
  });
})();
