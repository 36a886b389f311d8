// Enquiries that could not be sent wait in this browser, each under its key, and go out from whichever page of the site is
// open once the service can be reached. The page with the form says what becomes of them; elsewhere it happens quietly, and
// that page tells of it later.

const WAITS = [5, 15, 60, 300, 900, 3600];
const GIVE_UP = 30 * 86400e3;

// Storage may be off or full; then nothing is kept, and the visitor is told so.
export function read(store, key) {
  try {
    return JSON.parse(window[store][key]);
  } catch {}
}
export function write(store, key, value) {
  try {
    window[store][key] = JSON.stringify(value);
    return true;
  } catch {}
}

export const queue = () => read("localStorage", "enquiry.queue") ?? [];
const without = (gone) => queue().filter(({ key }) => key !== gone);
export const forget = (key) => write("localStorage", "enquiry.queue", without(key));
const keep = (entry) => write("localStorage", "enquiry.queue", [...without(entry.key), entry]);

// What the page with the form hears: the entry, its fate, and what the service answered or whether it could be kept.
let tell;
export const listen = (hear) => { tell = hear; };

export async function attempt(entry) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "Idempotency-Key": entry.key };
  let after = 0;
  try {
    const answer = await fetch(entry.url, { method: "POST", headers, body: JSON.stringify(entry.body), signal: AbortSignal.timeout(2e4) });
    if (answer.status < 500 && ![408, 409, 425, 429].includes(answer.status)) {
      const told = await answer.json().catch(() => ({}));
      // A refusal is kept until the visitor can read it.
      if (answer.ok || tell) {
        forget(entry.key);
        return tell ? tell(entry, answer.ok ? "sent" : "refused", told) : write("localStorage", "enquiry.sent", told);
      }
    }
    after = +answer.headers.get("Retry-After") || 0;
  } catch {}
  entry.next = Date.now() + Math.max(WAITS[entry.tries] ?? 3600, after) * 1000;
  entry.tries += 1;
  const kept = keep(entry);
  tell?.(entry, "waiting", kept);
  plan();
}

// One tab at a time, where the browser can say so; the key makes a second sending harmless elsewhere.
const alone = (work) => (navigator.locks ? navigator.locks.request("enquiry", { ifAvailable: true }, (lock) => lock && work()) : work());

export const flush = (now) =>
  alone(async () => {
    for (const entry of queue()) {
      if (Date.now() - Date.parse(entry.body.sent_at) > GIVE_UP) forget(entry.key);
      else if (now === true || entry.next <= Date.now()) await attempt(entry);
    }
    plan();
  });

let timer;
function plan() {
  clearTimeout(timer);
  const next = Math.min(...queue().map((entry) => entry.next));
  if (next < Infinity) timer = setTimeout(flush, Math.max(1000, next - Date.now()));
}

addEventListener("online", () => flush(true));
document.addEventListener("visibilitychange", () => document.hidden || flush());
