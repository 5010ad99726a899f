// A week on which hours are painted. The rows beside it are what is sent; the grid reads and writes them.
const DAY = 1440;
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** "11:30" as minutes, or NaN. */
export function minutes(text) {
  const match = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text.trim());
  return match ? Number(match[1]) * 60 + Number(match[2]) : NaN;
}

function clock(minute) {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** Windows [{from, to, days}] as seven lists of [start, end) minutes; what runs past midnight goes on the next day. */
export function spread(windows) {
  const week = DAYS.map(() => []);
  for (const { from, to, days } of windows) {
    for (const day of days) {
      if (to > from) week[day].push([from, to]);
      else {
        week[day].push([from, DAY]);
        if (to > 0) week[(day + 1) % 7].push([0, to]);
      }
    }
  }
  return week.map(merged);
}

function merged(spans) {
  const result = [];
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else result.push([start, end]);
  }
  return result;
}

/** A span added to a day, or taken away from it. */
export function painted(spans, start, end, on) {
  if (on) return merged([...spans, [start, end]]);
  return spans.flatMap(([from, to]) =>
    [
      [from, Math.min(to, start)],
      [Math.max(from, end), to],
    ].filter(([a, b]) => a < b),
  );
}

/** The reverse of spread: days with the same hours share a window; midnight is crossed again where it was. */
export function gather(week) {
  const spans = week.map((day) => day.map((span) => [...span]));
  const found = new Map();
  spans.forEach((day, at) => {
    const last = day.at(-1);
    const next = spans[(at + 1) % 7];
    if (last && last[1] === DAY && last[0] > 0 && next[0]?.[0] === 0 && next[0][1] < last[0]) {
      last[1] = next.shift()[1];
    }
  });
  spans.forEach((day, at) => {
    for (const [from, to] of day) {
      const key = `${from}-${to}`;
      if (!found.has(key)) found.set(key, { from, to, days: [] });
      found.get(key).days.push(at);
    }
  });
  return [...found.values()].sort((a, b) => a.days[0] - b.days[0] || a.from - b.from);
}

function common(root) {
  return [...root.querySelectorAll('[name="schedule.weekdays"]:checked')].map((box) => Number(box.value) - 1);
}

function readRows(root) {
  const every = common(root.closest("form"));
  return [...root.querySelectorAll("[data-window]")]
    .map((row) => {
      const own = [...row.querySelectorAll("[type=checkbox]:checked")].map((box) => Number(box.value) - 1);
      const days = own.length ? own : every.length ? every : [0, 1, 2, 3, 4, 5, 6];
      return {
        from: minutes(row.querySelector('[name$=".from"]').value),
        to: minutes(row.querySelector('[name$=".to"]').value),
        days,
      };
    })
    .filter(({ from, to }) => from < DAY && to <= DAY);
}

function writeRows(root, windows) {
  const template = root.querySelector("[data-window-template]");
  const rows = root.querySelector("[data-windows]");
  rows.replaceChildren(
    ...windows.map(({ from, to, days }, at) => {
      const holder = document.createElement("div");
      holder.innerHTML = template.innerHTML.replaceAll("__n__", at);
      holder.querySelector('[name$=".from"]').value = clock(from);
      holder.querySelector('[name$=".to"]').value = clock(to);
      for (const box of holder.querySelectorAll("[type=checkbox]"))
        box.checked = days.length < 7 && days.includes(Number(box.value) - 1);
      return holder.firstElementChild;
    }),
  );
  globalThis.htmx?.process(rows);
  rows.dispatchEvent(new Event("input", { bubbles: true }));
}

function cell(day, hour) {
  const made = document.createElement("span");
  made.className = "hour";
  made.dataset.day = day;
  made.dataset.hour = hour;
  return made;
}

function build(grid) {
  const head = document.createElement("div");
  head.className = "week-hours";
  for (const hour of [0, 6, 12, 18]) {
    const mark = document.createElement("span");
    mark.textContent = clock(hour * 60);
    head.append(mark);
  }
  const days = DAYS.map((name, day) => {
    const row = document.createElement("div");
    row.className = "week-day";
    const label = document.createElement("span");
    label.textContent = name;
    row.append(label, ...Array.from({ length: 24 }, (_, hour) => cell(day, hour)));
    return row;
  });
  grid.replaceChildren(head, ...days);
}

function draw(grid, week) {
  for (const each of grid.querySelectorAll(".hour")) {
    const start = Number(each.dataset.hour) * 60;
    const held = week[each.dataset.day].reduce(
      (sum, [from, to]) => sum + Math.max(0, Math.min(to, start + 60) - Math.max(from, start)),
      0,
    );
    each.dataset.held = held === 60 ? "all" : held > 0 ? "part" : "none";
  }
}

/** Make the grid below `root` work. */
export function enhanceGrid(root) {
  const grid = root.querySelector("[data-week-grid]:not([data-ready])");
  if (!grid) return;
  grid.dataset.ready = "yes";
  const windows = grid.closest(".windows");
  const form = grid.closest("form");
  let painting = null;
  build(grid);
  const redraw = () => draw(grid, spread(readRows(windows)));
  const paint = (target) => {
    const hour = target?.closest?.(".hour");
    if (!hour || !painting || !grid.contains(hour)) return;
    const start = Number(hour.dataset.hour) * 60;
    painting.week[hour.dataset.day] = painted(painting.week[hour.dataset.day], start, start + 60, painting.on);
    draw(grid, painting.week);
  };
  grid.addEventListener("pointerdown", (event) => {
    const hour = event.target.closest(".hour");
    if (!hour) return;
    event.preventDefault();
    painting = { on: hour.dataset.held !== "all", week: spread(readRows(windows)) };
    paint(hour);
  });
  grid.addEventListener("pointermove", (event) => paint(document.elementFromPoint(event.clientX, event.clientY)));
  document.addEventListener("pointerup", () => {
    if (!painting) return;
    const { week } = painting;
    painting = null;
    writeRows(windows, gather(week));
  });
  form.addEventListener("input", redraw);
  redraw();
}
