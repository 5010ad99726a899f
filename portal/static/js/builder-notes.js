// What the preview found wrong or doubtful, put at its field. A field that nobody has touched yet is left in peace.
const touched = new Set();

/** Remember that somebody worked on a field. */
export function noteTouched(field) {
  if (field.name) touched.add(field.name);
}

function slotFor(area, name) {
  const steps = name.split(".");
  for (let length = steps.length; length > 0; length -= 1) {
    const slot = area.querySelector(`[data-slot="${steps.slice(0, length).join(".")}"]`);
    if (slot) return slot;
  }
  return null;
}

function isTouched(slot) {
  if (touched.has(slot) || touched.has(`${slot}.date`) || touched.has(`${slot}.time`)) return true;
  const depth = slot.split(".").length + 1;
  return [...touched].some((name) => name.startsWith(`${slot}.`) && name.split(".").length === depth);
}

function noteElement(level, message, label) {
  const note = document.createElement("p");
  const icon = document.querySelector(`template[data-note-icon="${level}"]`);
  note.className = `note note-${level}`;
  if (label) note.dataset.label = label;
  note.append(icon?.content.cloneNode(true) ?? "", ` ${message}`);
  return note;
}

function mark(area, slot, wrong) {
  const input = area.querySelector(`[aria-describedby~="${slot.id}"]`);
  if (!input) return;
  if (wrong) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

/** Replace every note in the form by those that stand in the preview. */
export function placeNotes(area) {
  const all = "showAll" in area.querySelector("#builder").dataset;
  for (const slot of area.querySelectorAll("[data-slot]")) {
    if (slot.childElementCount) slot.replaceChildren();
    mark(area, slot, false);
  }
  for (const found of area.querySelectorAll("[data-note]")) {
    const { note: level, field, message } = found.dataset;
    const slot = slotFor(area, field);
    if (!slot || (level === "problem" && !all && !isTouched(slot.dataset.slot))) continue;
    slot.append(noteElement(level, message, slot.dataset.label));
    if (level === "problem") mark(area, slot, true);
  }
}

/** Open what hides a field, and put the cursor into it. */
export function goTo(area, name) {
  const slot = slotFor(area, name);
  const named = area.querySelector(`[name="${name}"], [name="${name}.date"]`);
  const picker = (named ?? slot)?.closest("[data-picker]");
  const target = picker?.querySelector("[role=combobox]") ?? named ?? slot;
  for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  const focusable = target?.matches("input, select, textarea")
    ? target
    : slot?.parentElement.querySelector("input, select");
  (focusable ?? slot)?.scrollIntoView({ block: "center" });
  focusable?.focus();
}
