// The builder: searches instead of lists, one value instead of three, notes at their fields, the drawer.

import { enhanceGrid } from "./builder-grid.js";
import { goTo, noteTouched, placeNotes } from "./builder-notes.js";
import { enhancePickers, enhanceSearches } from "./builder-picker.js";

const area = document.querySelector("[data-builder]");

function setDisabled(part, disabled) {
  for (const control of part.querySelectorAll("input, select, textarea")) control.disabled = disabled;
}

function enhanceValues(root) {
  for (const pick of root.querySelectorAll("[data-value-pick]:not([data-ready])")) {
    pick.dataset.ready = "yes";
    const kind = pick.querySelector("[data-value-kind]");
    const show = () => {
      for (const part of pick.querySelectorAll("[data-value]")) {
        setDisabled(part, Boolean(pick.dataset.chosen) && part.dataset.value !== pick.dataset.chosen);
      }
    };
    kind.addEventListener("change", () => {
      pick.dataset.chosen = kind.value;
      show();
      pick.querySelector(`[data-value="${kind.value}"] input`).focus();
    });
    show();
  }
}

function enhanceReveals(root) {
  for (const box of root.querySelectorAll("[data-reveals]:not([data-ready])")) {
    box.dataset.ready = "yes";
    const part = document.getElementById(box.dataset.reveals);
    const show = () => {
      part.hidden = !box.checked;
      setDisabled(part, !box.checked);
    };
    box.addEventListener("change", show);
    show();
  }
}

function showDependents() {
  for (const part of area.querySelectorAll("[data-shown-for]")) {
    const [name, word] = part.dataset.shownFor.split("=");
    const select = area.querySelector(`[name="${name}"]`);
    part.hidden = select.value !== word;
    setDisabled(part, part.hidden);
  }
}

function showCurrency() {
  const currency = area.querySelector("[name=currency]").value;
  for (const unit of area.querySelectorAll("[data-currency]")) unit.textContent = currency;
  for (const option of area.querySelectorAll("[data-value-kind] option[value=amount]")) {
    option.textContent = option.textContent.replace(/^[A-Z]{3} |^ /, currency ? `${currency} ` : " ");
  }
}

function enhance(root) {
  enhanceValues(root);
  enhanceReveals(root);
  showDependents();
  enhancePickers(root);
  enhanceSearches(root);
  enhanceGrid(root);
  root.querySelector("[data-focus]")?.focus();
}

function focusRow(list) {
  const rows = area.querySelectorAll(`[name^="${list}."]`);
  const last = rows[rows.length - 1]?.name
    .split(".")
    .slice(0, list.split(".").length + 1)
    .join(".");
  const fields = [...area.querySelectorAll(`[name^="${last}."]`)].filter((field) => field.offsetParent);
  fields[0]?.focus();
}

function toggleDrawer(button) {
  const open = area.querySelector("#preview").classList.toggle("is-open");
  button.setAttribute("aria-expanded", String(open));
  button.querySelector("span").textContent = open ? "Hide" : "Show";
}

// The form is swapped whole: what somebody had opened stays open.
function keepOpen() {
  const before = [...area.querySelectorAll("#builder details")].map((fold) => fold.open);
  const sections = [...area.querySelectorAll("#builder details.section[open]")].map((section) => section.id);
  return () => {
    const after = [...area.querySelectorAll("#builder details")];
    for (const id of sections) document.getElementById(id).open = true;
    if (after.length === before.length) after.forEach((fold, at) => (fold.open ||= before[at]));
  };
}

if (area) {
  let reopen = () => {};
  enhance(area);
  area.addEventListener("input", (event) => noteTouched(event.target));
  area.addEventListener("change", (event) => {
    if (event.target.matches("select")) showDependents();
    if (event.target.name === "currency") showCurrency();
  });
  area.addEventListener("click", (event) => {
    // htmx 2.0.3 keeps a button from sending its form only where the form is around it; these stand beside it.
    if (globalThis.htmx && event.target.closest("button[form][hx-post]")) event.preventDefault();
    const toggle = event.target.closest("[data-preview-toggle]");
    if (toggle) toggleDrawer(toggle);
    const link = event.target.closest("[data-goto]");
    if (link) {
      event.preventDefault();
      goTo(area, link.dataset.goto);
    }
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id === "builder") reopen = keepOpen();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "preview-result") placeNotes(area);
    else {
      reopen();
      enhance(area);
    }
  });
  document.body.addEventListener("builder-changed", (event) => {
    if (event.detail.value) focusRow(event.detail.value.replace(/\.\d+$/, ""));
  });
}
