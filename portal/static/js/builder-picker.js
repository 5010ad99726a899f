// Lists with commas become chips with a search. The text field stays underneath and is what is sent.
const WAIT_MS = 150;
const SEARCHED = new Set(["category", "product", "brand", "tag", "store", "segment", "promotion"]);
const WORDS = { category: "category", product: "product", brand: "brand", tag: "tag" };
let made = 0;

/** `a, "b, c"` as its words; the server reads the same rule. */
export function splitWords(text) {
  const found = [...text.matchAll(/\s*"((?:[^"]|"")*)"|([^,\n]+)/g)];
  return found
    .map(([, quoted, bare]) => (quoted === undefined ? bare : quoted.replaceAll('""', '"')).trim())
    .filter(Boolean);
}

/** The reverse of splitWords. */
export function joinWords(words) {
  return words.map((word) => (/[",\n]/.test(word) ? `"${word.replaceAll('"', '""')}"` : word)).join(", ");
}

async function searchOptions(kinds, words) {
  const query = new URLSearchParams({ kinds: kinds.join(","), q: words });
  const answer = await fetch(`/promotion-options?${query}`, { headers: { Accept: "application/json" } });
  return answer.ok ? (await answer.json()).options : [];
}

function isCalled({ code, name }, words) {
  return [code, name].some((word) => word.toLowerCase() === words.toLowerCase());
}

function element(tag, attributes, text) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

class Picker {
  constructor(box) {
    this.box = box;
    this.inputs = [...box.querySelectorAll("input[data-kind]")];
    this.one = this.inputs[0].dataset.kind.endsWith("-one");
    this.kinds = this.inputs.map((input) => input.dataset.kind.replace("-one", ""));
    this.names = new Map();
    this.inputs.forEach((input, at) => {
      for (const [code, name] of Object.entries(JSON.parse(input.dataset.names || "{}"))) {
        this.names.set(`${this.kinds[at]} ${code}`, name);
      }
    });
    this.at = -1;
    this.build();
    this.showChips();
  }

  build() {
    made += 1;
    const list = `options-${made}`;
    this.chips = element("ul", { class: "picked" });
    this.search = element("input", {
      class: "form-control picker-search",
      role: "combobox",
      "aria-expanded": "false",
      "aria-controls": list,
      "aria-autocomplete": "list",
      autocomplete: "off",
      "aria-label": this.box.dataset.label,
      "aria-describedby": this.inputs.map((input) => input.getAttribute("aria-describedby")).join(" "),
    });
    this.options = element("ul", { class: "options", role: "listbox", id: list, "aria-label": this.box.dataset.label });
    this.options.hidden = true;
    const face = element("div", { class: "picker-face" });
    face.append(this.chips, this.search, this.options);
    this.inputs[0].closest(".picker-list, .field").parentNode === this.box
      ? this.box.querySelector(".picker-list").before(face)
      : this.inputs[0].before(face);
    this.box.classList.add("is-ready");
    this.listen();
  }

  listen() {
    this.search.addEventListener("input", (event) => {
      event.stopPropagation();
      this.at = -1;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.look(), WAIT_MS);
    });
    this.search.addEventListener("focus", () => this.look());
    this.search.addEventListener("keydown", (event) => this.key(event));
    this.search.addEventListener("blur", () => this.leave());
    this.options.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) this.add(option.dataset.kind, option.dataset.code, option.dataset.name);
    });
    this.box.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-at]");
      if (button) this.remove(Number(button.dataset.at), button.dataset.code);
    });
  }

  words(at) {
    return splitWords(this.inputs[at].value);
  }

  showChips() {
    this.chips.replaceChildren();
    this.inputs.forEach((_, at) => {
      for (const code of this.words(at)) {
        const name = this.names.get(`${this.kinds[at]} ${code}`) ?? code;
        const chip = element("li", { class: "chip" }, name);
        if (this.inputs.length > 1) chip.append(element("span", { class: "chip-kind" }, ` ${WORDS[this.kinds[at]]}`));
        const button = element("button", { type: "button", class: "chip-x", "aria-label": `Remove ${name}` }, "×");
        Object.assign(button.dataset, { at, code });
        chip.append(button);
        this.chips.append(chip);
      }
    });
    const empty = !this.chips.childElementCount;
    this.search.placeholder = empty ? this.box.dataset.placeholder || "" : "";
    this.search.size = Math.max(this.search.placeholder.length, 12);
  }

  write(at, words) {
    this.inputs[at].value = joinWords(words);
    this.showChips();
    this.inputs[at].dispatchEvent(new Event("input", { bubbles: true }));
  }

  add(kind, code, name) {
    const at = Math.max(this.kinds.indexOf(kind), 0);
    this.names.set(`${this.kinds[at]} ${code}`, name);
    const words = this.one ? [] : this.words(at).filter((word) => word !== code);
    this.search.value = "";
    this.close();
    this.write(at, [...words, code]);
  }

  remove(at, code) {
    this.write(
      at,
      this.words(at).filter((word) => word !== code),
    );
    this.search.focus();
  }

  async look() {
    const kinds = this.kinds.filter((kind) => SEARCHED.has(kind));
    const words = this.search.value.trim();
    if (!kinds.length) return;
    this.asked = words;
    const found = await searchOptions(kinds, words);
    if (this.asked !== words || document.activeElement !== this.search) return;
    this.show(found, words);
  }

  show(found, words) {
    this.shownFor = words;
    this.options.replaceChildren(
      ...found.map((option, at) => {
        const row = element(
          "li",
          { role: "option", id: `${this.options.id}-${at}`, "aria-selected": "false" },
          option.name,
        );
        const code = option.kind === "category" && option.more ? "" : option.code;
        const more = [code, option.more, this.kinds.length > 1 ? WORDS[option.kind] : ""].filter(Boolean).join(" · ");
        row.append(element("span", { class: "option-more" }, more));
        Object.assign(row.dataset, { kind: option.kind, code: option.code, name: option.name });
        return row;
      }),
    );
    if (!found.length && words) {
      this.options.append(
        element(
          "li",
          { class: "none-found", role: "presentation" },
          `Nothing is called “${words}”. Enter takes it as a code.`,
        ),
      );
    }
    this.at = -1;
    this.options.hidden = !this.options.childElementCount;
    this.search.setAttribute("aria-expanded", String(!this.options.hidden));
  }

  rows() {
    return [...this.options.querySelectorAll("[role=option]")];
  }

  close() {
    clearTimeout(this.timer);
    this.asked = this.shownFor = null;
    this.at = -1;
    this.options.replaceChildren();
    this.options.hidden = true;
    this.search.setAttribute("aria-expanded", "false");
    this.search.removeAttribute("aria-activedescendant");
  }

  move(step) {
    const rows = this.rows();
    if (!rows.length) return;
    this.at = (this.at + step + rows.length) % rows.length;
    rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === this.at)));
    rows[this.at].scrollIntoView({ block: "nearest" });
    this.search.setAttribute("aria-activedescendant", rows[this.at].id);
  }

  key(event) {
    const typed = this.search.value.trim();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.options.hidden) this.look();
      else this.move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape") this.close();
    else if (event.key === "Enter" || (event.key === "," && typed)) {
      if (event.key === "Enter" && !typed && this.at < 0) return;
      event.preventDefault();
      this.enter(typed);
    } else if (event.key === "Backspace" && !this.search.value) {
      const last = this.chips.querySelector("li:last-child button");
      if (last) this.remove(Number(last.dataset.at), last.dataset.code);
    }
  }

  /** Who types fast and presses Enter means what the search is about to find. */
  async enter(typed) {
    clearTimeout(this.timer);
    if (this.at < 0 && this.shownFor !== typed) await this.look();
    if (this.search.value.trim() === typed) this.take(typed);
  }

  take(typed) {
    const rows = this.shownFor === typed || this.at >= 0 ? this.rows() : [];
    const exact = rows.find((row) => isCalled(row.dataset, typed));
    const row = rows[this.at] ?? exact ?? rows[0];
    if (row) this.add(row.dataset.kind, row.dataset.code, row.dataset.name);
    else if (typed) this.add(this.kinds[0], typed, typed);
  }

  leave() {
    const typed = this.search.value.trim();
    const known = this.shownFor === typed || this.at >= 0;
    if (typed) this.take(typed);
    this.close();
    if (typed && !known) this.settle(typed);
  }

  /** Words that were left before the search had answered stand as a code; put right what they are the name of. */
  async settle(typed) {
    const found = await searchOptions(
      this.kinds.filter((kind) => SEARCHED.has(kind)),
      typed,
    );
    const exact = found.find((option) => isCalled(option, typed));
    if (!exact || !this.words(0).includes(typed)) return;
    this.inputs[0].value = joinWords(this.words(0).filter((word) => word !== typed));
    const at = this.kinds.indexOf(exact.kind);
    this.names.set(`${exact.kind} ${exact.code}`, exact.name);
    this.write(at, [...this.words(at).filter((word) => word !== exact.code), exact.code]);
  }
}

/** Turn each list below `root` into chips with a search. */
export function enhancePickers(root) {
  for (const box of root.querySelectorAll("[data-picker]:not(.is-ready)")) new Picker(box);
}

/** Offer matching codes at the plain fields of the preview. */
export function enhanceSearches(root) {
  for (const input of root.querySelectorAll("input[data-pick]:not([list])")) {
    const kind = input.dataset.pick.replace("-one", "");
    made += 1;
    const list = element("datalist", { id: `known-${made}` });
    input.setAttribute("list", list.id);
    input.after(list);
    const look = async () => {
      const found = await searchOptions([kind], splitWords(input.value).at(-1) ?? "");
      list.replaceChildren(
        ...found.map((option) => element("option", { value: option.code }, `${option.name} ${option.more}`)),
      );
    };
    input.addEventListener("focus", look, { once: true });
    input.addEventListener("input", () => {
      clearTimeout(input.timer);
      input.timer = setTimeout(look, WAIT_MS);
    });
  }
}
