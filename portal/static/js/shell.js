// What every page does with htmx: the CSRF header, the sign that it waits, words when an answer fails.
(() => {
  const LASTS_MS = 8000;
  let running = 0;

  function waiting(change) {
    running = Math.max(0, running + change);
    document.documentElement.classList.toggle("is-busy", running > 0);
  }

  function say(words, html) {
    const toast = document.createElement("div");
    toast.className = "toast-note";
    if (html) toast.innerHTML = html;
    else toast.textContent = words;
    document.getElementById("toasts").replaceChildren(toast);
    setTimeout(() => toast.remove(), LASTS_MS);
  }

  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]").content;
  });
  document.addEventListener("htmx:beforeRequest", () => waiting(1));
  document.addEventListener("htmx:afterRequest", () => waiting(-1));
  document.addEventListener("htmx:sendError", () => {
    say("The portal did not answer. What you entered is still here; try again in a moment.");
  });
  document.addEventListener("htmx:timeout", () => say("The portal took too long to answer. Try again in a moment."));
  document.addEventListener("htmx:responseError", (event) => {
    const answer = event.detail.xhr;
    const isOurs = answer.responseText.startsWith('<div class="alert');
    say("This did not work. Reload the page and try again.", isOurs ? answer.responseText : null);
  });

  // An open menu closes on a click elsewhere and on Escape.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A click anywhere in a row opens what its first link opens; text can still be selected.
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-opens]");
    if (!row || event.target.closest("a, button, input, label, summary") || String(getSelection())) return;
    row.querySelector("a").click();
  });

  // Forms marked with data-once are sent once, however often the button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-once]")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    document.documentElement.classList.add("is-busy");
  });
  window.addEventListener("pageshow", () => {
    document.documentElement.classList.remove("is-busy");
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
})();
