// Lists: Space shows a row's record beside the list, a double click or `e` edits a cell in place. Without this script
// both are done on the record's page, from whose fragment the facts and the forms are taken.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const panel = $("#preview");
let shown = 0;

const parse = (text) => new DOMParser().parseFromString(text, "text/html");
const urlOf = (row) => $("a.row-link", row)?.href;
const toast = (text, bad = true) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, bad } }));

async function load(url, options = {}) {
  const answer = await fetch(url, { ...options, headers: { "hx-request": "true" } });
  return { status: answer.status, page: parse(await answer.text()) };
}

// The preview: a panel with what the record's page says first. Arrows show the next row, Escape closes it.

const FACTS = [".record-name", ".record-top section[aria-label=Status] > p", ".next", ".owner", ".record-side .card", "section[aria-labelledby=message]"];

async function preview(row) {
  const url = urlOf(row);
  if (!url) return;
  const turn = (shown += 1);
  const { status, page } = await load(url).catch(() => ({ status: 0 }));
  if (turn !== shown) return;
  if (status !== 200) return toast("This record cannot be shown. It may have been deleted.");
  const body = $(".dialog-body", panel);
  body.replaceChildren(...FACTS.flatMap((selector) => $$(selector, page)));
  for (const form of $$("form, details.menu .menu-list, [id]", body)) {
    if (form.id) form.removeAttribute("id");
    if (form.matches("form, .menu-list")) form.remove();
  }
  for (const menu of $$(".record-tags details, .edit .faint", body)) menu.remove();
  for (const field of $$("details", body)) field.replaceWith(...$("summary", field)?.childNodes ?? []);
  for (const hint of $$(".icon, .visually-hidden, .meter-hint", body)) hint.remove();
  for (const box of $$(".next", body)) if (!box.textContent.trim()) box.remove();
  $("h2", panel).textContent = $("h1", body)?.textContent.trim() ?? "";
  $("h1", body)?.remove();
  $("#preview-open").href = url;
  panel.hidden = false;
}

function move(step) {
  const rows = $$("#rows tbody tr").filter(urlOf);
  const row = rows[rows.findIndex((each) => each.contains(document.activeElement)) + step];
  if (!row) return;
  $("a.row-link", row).focus();
  preview(row);
}

// A cell is edited by the form of its field. What the server refuses stays in the cell, with the reason.

function editable(row) {
  const fields = $$("thead th", row.closest("table")).map((heading) => heading.dataset.field);
  return [...row.cells].filter((cell) => fields[cell.cellIndex]);
}

async function edit(cell) {
  const row = cell.closest("tr");
  const field = $$("thead th", row.closest("table"))[cell.cellIndex].dataset.field;
  const { page } = await load(urlOf(row)).catch(() => ({}));
  const form = page && $(`#field-${field.replaceAll("_", "-")} form`, page);
  if (!form) return toast("Edit this on the record's page.");
  const before = [...cell.childNodes];
  const revert = () => { cell.replaceChildren(...before); cell.classList.remove("cell-editing"); };
  form.dataset.free = "1";
  form.removeAttribute("hx-post");
  for (const each of $$("[id]", form)) each.removeAttribute("id");
  const control = $("[name=value]", form);
  control.setAttribute("aria-label", $("label", form).textContent);
  $$("label, button, .field-hint", form).forEach((each) => each.remove());
  cell.replaceChildren(form);
  cell.classList.add("cell-editing");
  control.focus();
  control.select?.();
  form.addEventListener("keydown", (event) => {
    const { key } = event;
    if (!["Enter", "Tab", "Escape"].includes(key) || (key === "Enter" && control.matches("textarea"))) return;
    event.preventDefault();
    event.stopPropagation();
    if (key === "Escape") {
      revert();
      $("a.row-link", row).focus();
    } else save(form, cell, key === "Tab" ? (event.shiftKey ? -1 : 1) : 0);
  });
  form.addEventListener("focusout", () => setTimeout(() => {
    if (form.isConnected && !form.contains(document.activeElement) && control.value === control.defaultValue) revert();
  }));
}

async function save(form, cell, step) {
  const row = cell.closest("tr");
  const { id } = row;
  const place = cell.cellIndex;
  const body = new URLSearchParams(new FormData(form));
  const { status, page } = await load(form.action, { method: "POST", body }).catch(() => ({ status: 0 }));
  if (status !== 200) {
    toast($(".field-error, #error-detail", page ?? document.createElement("p"))?.textContent
      ?? "Not saved: the server cannot be reached. What you typed is still here. Please try again.");
    $("[name=value]", form).focus();
    return;
  }
  const list = await load(location.href).catch(() => ({}));
  const fresh = list.page && list.page.getElementById(id);
  const below = row.nextElementSibling;
  if (fresh) row.replaceWith(fresh);
  raise();
  const saved = fresh?.cells[place];
  saved?.classList.add("flash");
  const cells = fresh ? editable(fresh) : [];
  const next = step ? cells[cells.indexOf(saved) + step] : below?.cells[place];
  if (next) edit(next);
  else $("a.row-link", fresh ?? below ?? document)?.focus();
}

// The link of a row lies over all of its cells but those that can be edited. A click on one of these opens the record
// too, unless a second one follows.

function raise() {
  for (const row of $$("#rows tbody tr")) for (const cell of editable(row)) cell.classList.add("cell-edit");
}

let opening;
document.addEventListener("click", (event) => {
  const cell = event.target.closest?.(".cell-edit");
  if (!cell || event.target.closest("a, form")) return;
  clearTimeout(opening);
  if (event.detail > 1) edit(cell);
  else opening = setTimeout(() => $("a.row-link", cell.closest("tr"))?.click(), 300);
});
document.addEventListener("htmx:after:swap", raise);
raise();

// Columns are sized at the right edge of their heading: by dragging it, or by the arrows when it has the focus. A double
// click, or Home, gives the column its usual width again.

const MIN = 48, MAX = 1200, STEP = 16;

// While one column is sized, the others keep the widths that they have.
function fix(table) {
  if (table.classList.contains("table-sized")) return;
  const headings = $$("th[data-column]", table).filter((each) => each.offsetWidth);
  const widths = headings.map((each) => each.offsetWidth);
  table.classList.add("table-sized");
  headings.forEach((each, place) => each.setAttribute("width", widths[place]));
  for (const row of table.rows) for (const { cellIndex } of headings) row.cells[cellIndex]?.classList.add("cell-sized");
}

function resize(heading, size) {
  fix(heading.closest("table"));
  heading.setAttribute("width", Math.min(Math.max(Math.round(size), MIN), MAX));
  $(".sizer", heading).setAttribute("aria-valuenow", heading.getAttribute("width"));
}

const read = (url) => new URL(url).searchParams.get("sizes");
let saving;
function keep(heading, automatic = false) {
  clearTimeout(saving);
  saving = setTimeout(async () => {
    const table = heading.closest("table");
    const body = new URLSearchParams({ base: table.dataset.base });
    for (const each of $$("th[width]", table)) {
      if (each.offsetWidth) body.set(`size.${each.dataset.column}`, automatic && each === heading ? "" : each.getAttribute("width"));
    }
    const answer = await fetch(table.dataset.sizes, { method: "POST", body }).catch(() => null);
    if (!answer?.ok) toast("The width was not saved. Please try again.");
    // The URL of an open view holds its widths.
    else if (read(answer.url) !== read(location.href)) location.replace(answer.url);
    else if (automatic) location.reload();
  }, 400);
}

function addSizers() {
  for (const heading of $$("#rows th[data-column]")) {
    if ($(".sizer", heading)) continue;
    const sizer = document.createElement("span");
    sizer.className = "sizer";
    sizer.tabIndex = 0;
    const values = { role: "separator", "aria-orientation": "vertical", "aria-label": `Width of ${heading.textContent.trim()}`,
      "aria-valuemin": MIN, "aria-valuemax": MAX, "aria-valuenow": Math.round(heading.offsetWidth) };
    for (const [name, value] of Object.entries(values)) sizer.setAttribute(name, value);
    heading.append(sizer);
  }
}

document.addEventListener("pointerdown", (event) => {
  const sizer = event.target.closest?.(".sizer");
  if (!sizer || event.button) return;
  event.preventDefault();
  sizer.setPointerCapture(event.pointerId);
  const heading = sizer.closest("th"), from = event.clientX, width = heading.offsetWidth;
  const drag = ({ clientX }) => resize(heading, width + clientX - from);
  sizer.addEventListener("pointermove", drag);
  sizer.addEventListener("lostpointercapture", ({ clientX }) => {
    sizer.removeEventListener("pointermove", drag);
    if (clientX !== from) keep(heading);
  }, { once: true });
});
document.addEventListener("dblclick", (event) => {
  const heading = event.target.closest?.(".sizer")?.closest("th");
  if (heading) { fix(heading.closest("table")); keep(heading, true); }
});
document.addEventListener("htmx:after:swap", addSizers);
addSizers();

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  const step = { ArrowLeft: -STEP, ArrowRight: STEP, Home: 0 }[key];
  if (step !== undefined && target.matches(".sizer")) {
    event.preventDefault();
    const heading = target.closest("th");
    if (step) resize(heading, heading.offsetWidth + step);
    else fix(heading.closest("table"));
    return keep(heading, !step);
  }
  if (event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
  if (key === "Escape" && panel && !panel.hidden) panel.hidden = true;
  if (target.matches("input, select, textarea, button, summary")) return;
  const row = target.closest?.("#rows tbody tr");
  if (!row) return;
  if (key === " ") {
    event.preventDefault();
    if (panel.hidden) preview(row);
    else panel.hidden = true;
  } else if (panel && !panel.hidden && (key === "ArrowDown" || key === "ArrowUp")) {
    event.preventDefault();
    move(key === "ArrowDown" ? 1 : -1);
  } else if (key === "e") {
    const [first] = editable(row);
    if (first) { event.preventDefault(); edit(first); }
  }
});
$("#preview-close")?.addEventListener("click", () => { panel.hidden = true; });
