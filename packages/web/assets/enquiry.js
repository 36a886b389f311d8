// Sends the enquiry form without a reload and shows messages at the fields. An enquiry that cannot be sent is queued in this
// browser and sent again with the same idempotency key. The page provides the texts.

import { attempt, flush, forget, listen, queue, read, write } from "./waiting.js";

const $ = (id) => document.getElementById(id);
const create = (tag, properties) => Object.assign(document.createElement(tag), properties);
const form = document.querySelector("form.enquiry");
const text = JSON.parse($("enquiry-words").textContent);
const status = form.querySelector(".status");
const fields = [...form.elements].filter(({ labels, tabIndex }) => labels?.[0] && tabIndex > -1);
const fill = (template, values) => template.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

function showError(field, message) {
  const id = field.id + "-error";
  const otherIds = (field.getAttribute("aria-describedby") ?? "").replace(id, "").trim();
  $(id)?.remove();
  if (message) field.after(create("p", { id, className: "field-error", textContent: message }));
  field.setAttribute("aria-invalid", !!message);
  field.setAttribute("aria-describedby", message ? `${id} ${otherIds}` : otherIds);
}

// The field has no maxlength, because that cuts what somebody pastes without a word.
function findError({ name, value, required, validity, validationMessage, dataset: { limit } }) {
  if (required && !value.trim()) return text.missing[name];
  const over = [...value.trim()].length - (limit ?? Infinity);
  if (over > 0) return fill(over > 1 ? text.too_long : text.one_too_long, { n: over.toLocaleString("en"), limit: Number(limit).toLocaleString("en") });
  return validity.valid ? "" : (text.wrong[name] ?? validationMessage);
}

function show(kind, title, detail = "", actions = []) {
  const row = create("p", { className: "actions" });
  for (const [textContent, action] of actions) {
    const isLink = typeof action === "string";
    row.append(create(isLink ? "a" : "button", { textContent, className: "button", type: "button", [isLink ? "href" : "onclick"]: action }));
  }
  status.dataset.kind = kind;
  status.replaceChildren(...(title ? [create("h3", { textContent: title }), create("p", { textContent: detail }), row] : []));
}

function buildMailAction(body) {
  const lines = fields
    .filter(({ name }) => body[name])
    .map(({ name, labels, options }) => {
      const choice = [...(options ?? [])].find(({ value }) => value === body[name]);
      return `${labels[0].firstChild.data.trim()}: ${choice?.label ?? body[name]}`;
    });
  const url = `mailto:${text.mail}?subject=${encodeURIComponent(text.subject)}&body=${encodeURIComponent(lines.join("\n"))}`;
  return [text.by_mail, url];
}

function showSuccess(result, isCurrent) {
  show("good", text.sent, fill(text.reference, result));
  if (!isCurrent) return;
  form.reset();
  form.elements.started_at.value = "";
  write("sessionStorage", "enquiry.draft", {});
  status.focus();
}

function showRefusal({ errors = [], detail }, { body }, isCurrent) {
  const fieldErrors = errors.filter(({ field }) => fields.some(({ name }) => name === field));
  if (!isCurrent || !fieldErrors[0]) return show("bad", text.refused, detail ?? text.refused_why, [buildMailAction(body)]);
  show();
  for (const { field, message } of fieldErrors) showError(form.elements[field], message);
  fields.find((field) => field.ariaInvalid === "true").focus();
}

function showWaiting(entry, stored) {
  if (!stored) return show("bad", text.down, text.lost, [buildMailAction(entry.body)]);
  const seconds = Math.round((entry.next - Date.now()) / 1000);
  const when = fill(seconds < 90 ? text.seconds : text.minutes, { n: seconds < 90 ? seconds : Math.round(seconds / 60) });
  const deleteEntry = () => {
    forget(entry.key);
    show();
  };
  show("wait", text.down + " " + text.safe, fill(text.waiting, { when }), [buildMailAction(entry.body), [text.now, () => flush(true)], [text.forget, deleteEntry]]);
}

listen((entry, state, result) => {
  if (state === "waiting") return showWaiting(entry, result);
  if (entry === current) current = null;
  return state === "sent" ? showSuccess(result, isShown(entry)) : showRefusal(result, entry, isShown(entry));
});

// A second submit of unchanged values is the same enquiry with the same key. Changed values make a new one.
let current;
const isShown = ({ body }) => fields.every(({ name, value }) => body[name] === value.trim());
function findOrCreateEntry() {
  const existing = [...queue(), current].find((entry) => entry && isShown(entry));
  if (existing) return existing;
  const body = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));
  for (const which of ["first", "last"]) body[which + "_touch"] = read("localStorage", "touch." + which);
  body.sent_at = new Date().toISOString();
  return { url: form.action, key: crypto.randomUUID(), body, tries: 0, next: 0 };
}

let isSending;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (isSending) return;
  for (const field of fields) showError(field, findError(field));
  const firstInvalid = fields.find((field) => field.ariaInvalid === "true");
  if (firstInvalid) return firstInvalid.focus();
  isSending = true;
  show("", text.sending);
  current = findOrCreateEntry();
  await attempt(current);
  isSending = false;
});
form.addEventListener("input", ({ target }) => {
  if (target.ariaInvalid === "true") showError(target, findError(target));
  form.elements.started_at.value ||= new Date().toISOString();
  write("sessionStorage", "enquiry.draft", Object.fromEntries(new FormData(form)));
});
form.noValidate = true;
for (const [name, value] of Object.entries(read("sessionStorage", "enquiry.draft") ?? {})) {
  if (name in form.elements) form.elements[name].value ||= value;
}
const sentResult = read("localStorage", "enquiry.sent");
if (sentResult) showSuccess(sentResult);
write("localStorage", "enquiry.sent", null);
flush(true);
