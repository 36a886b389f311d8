// The enquiry form, better than a plain post: no reload, messages beside the fields, and an enquiry that cannot be sent now
// waits in this browser and is sent again, under the same key, until it arrives. Words come from the page.

import { attempt, flush, forget, listen, queue, read, write } from "./waiting.js";

const $ = (id) => document.getElementById(id);
const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
const form = document.querySelector("form.enquiry");
const words = JSON.parse($("enquiry-words").textContent);
const status = form.querySelector(".status");
const fields = [...form.elements].filter(({ labels, tabIndex }) => labels?.[0] && tabIndex > -1);
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

function complain(field, message) {
  const id = field.id + "-error";
  const others = (field.getAttribute("aria-describedby") ?? "").replace(id, "").trim();
  $(id)?.remove();
  if (message) field.after(make("p", { id, className: "field-error", textContent: message }));
  field.setAttribute("aria-invalid", !!message);
  field.setAttribute("aria-describedby", message ? `${id} ${others}` : others);
}

function fault({ name, value, required, validity, validationMessage }) {
  if (required && !value.trim()) return words.missing[name];
  return validity.valid ? "" : (words.wrong[name] ?? validationMessage);
}

function show(kind, title, text = "", actions = []) {
  const row = make("p", { className: "actions" });
  for (const [textContent, act] of actions) {
    row.append(make(act.big ? "a" : "button", { textContent, className: "button", type: "button", [act.big ? "href" : "onclick"]: act }));
  }
  status.dataset.kind = kind;
  status.replaceChildren(...(title ? [make("h3", { textContent: title }), make("p", { textContent: text }), row] : []));
}

function letter(body) {
  const lines = fields
    .filter(({ name }) => body[name])
    .map(({ name, labels, options }) => {
      const chosen = [...(options ?? [])].find(({ value }) => value === body[name]);
      return `${labels[0].firstChild.data.trim()}: ${chosen?.label ?? body[name]}`;
    });
  const mail = `mailto:${words.mail}?subject=${encodeURIComponent(words.subject)}&body=${encodeURIComponent(lines.join("\n"))}`;
  return [words.by_mail, mail];
}

function thank(answer, shown) {
  show("good", words.sent, fill(words.reference, answer));
  if (!shown) return;
  form.reset();
  form.elements.started_at.value = "";
  write("sessionStorage", "enquiry.draft", {});
  status.focus();
}

function refuse({ errors = [], detail }, { body }, shown) {
  const faults = errors.filter(({ field }) => fields.some(({ name }) => name === field));
  if (!shown || !faults[0]) return show("bad", words.refused, detail ?? words.refused_why, [letter(body)]);
  show();
  for (const { field, message } of faults) complain(form.elements[field], message);
  fields.find((field) => field.ariaInvalid === "true").focus();
}

function tellWaiting(entry, kept) {
  if (!kept) return show("bad", words.down, words.lost, [letter(entry.body)]);
  const seconds = Math.round((entry.next - Date.now()) / 1000);
  const when = fill(seconds < 90 ? words.seconds : words.minutes, { n: seconds < 90 ? seconds : Math.round(seconds / 60) });
  const drop = () => {
    forget(entry.key);
    show();
  };
  show("wait", words.down + " " + words.safe, fill(words.waiting, { when }), [letter(entry.body), [words.now, () => flush(true)], [words.forget, drop]]);
}

listen((entry, fate, said) => {
  if (fate === "waiting") return tellWaiting(entry, said);
  if (entry === current) current = null;
  return fate === "sent" ? thank(said, isShown(entry)) : refuse(said, entry, isShown(entry));
});

// Pressing again with nothing changed is the same enquiry, with the same key; a changed one is a new one.
let current;
const isShown = ({ body }) => fields.every(({ name, value }) => body[name] === value.trim());
function written() {
  const known = [...queue(), current].find((entry) => entry && isShown(entry));
  if (known) return known;
  const body = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));
  for (const which of ["first", "last"]) body[which + "_touch"] = read("localStorage", "touch." + which);
  body.sent_at = new Date().toISOString();
  return { url: form.action, key: crypto.randomUUID(), body, tries: 0, next: 0 };
}

let busy;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (busy) return;
  for (const field of fields) complain(field, fault(field));
  const wrong = fields.find((field) => field.ariaInvalid === "true");
  if (wrong) return wrong.focus();
  busy = true;
  show("", words.sending);
  current = written();
  await attempt(current);
  busy = false;
});
form.addEventListener("input", ({ target }) => {
  if (target.ariaInvalid === "true") complain(target, fault(target));
  form.elements.started_at.value ||= new Date().toISOString();
  write("sessionStorage", "enquiry.draft", Object.fromEntries(new FormData(form)));
});
form.noValidate = true;
for (const [name, value] of Object.entries(read("sessionStorage", "enquiry.draft") ?? {})) {
  if (name in form.elements) form.elements[name].value ||= value;
}
const arrived = read("localStorage", "enquiry.sent");
if (arrived) thank(arrived);
write("localStorage", "enquiry.sent", null);
flush(true);
