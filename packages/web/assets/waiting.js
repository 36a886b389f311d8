// Queues enquiries that could not be sent. Any page of the site sends them again when the service can be reached. The page
// with the form shows the result; other pages store it, and the form shows it later.

const RETRY_SECONDS = [5, 15, 60, 300, 900, 3600];
const MAX_AGE = 30 * 86400e3;

// Storage may be off or full. Then nothing is stored, and the form says so.
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
const listOthers = (excluded) => queue().filter(({ key }) => key !== excluded);
export const forget = (key) => write("localStorage", "enquiry.queue", listOthers(key));
const store = (entry) => write("localStorage", "enquiry.queue", [...listOthers(entry.key), entry]);

// The form's listener receives the entry, its state ("sent", "refused" or "waiting"), and the response or whether it is stored.
let notify;
export const listen = (listener) => { notify = listener; };

export async function attempt(entry) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "Idempotency-Key": entry.key };
  let retryAfter = 0;
  try {
    const response = await fetch(entry.url, { method: "POST", headers, body: JSON.stringify(entry.body), signal: AbortSignal.timeout(2e4) });
    if (response.status < 500 && ![408, 409, 425, 429].includes(response.status)) {
      const result = await response.json().catch(() => ({}));
      // A refused enquiry stays in the queue until the visitor can read the reason.
      if (response.ok || notify) {
        forget(entry.key);
        return notify ? notify(entry, response.ok ? "sent" : "refused", result) : write("localStorage", "enquiry.sent", result);
      }
    }
    retryAfter = +response.headers.get("Retry-After") || 0;
  } catch {}
  entry.next = Date.now() + Math.max(RETRY_SECONDS[entry.tries] ?? 3600, retryAfter) * 1000;
  entry.tries += 1;
  const stored = store(entry);
  notify?.(entry, "waiting", stored);
  schedule();
}

// Only one tab sends at a time. Without the Web Locks API two tabs may send, and the idempotency key makes that harmless.
const withLock = (work) => (navigator.locks ? navigator.locks.request("enquiry", { ifAvailable: true }, (lock) => lock && work()) : work());

export const flush = (now) =>
  withLock(async () => {
    for (const entry of queue()) {
      if (Date.now() - Date.parse(entry.body.sent_at) > MAX_AGE) forget(entry.key);
      else if (now === true || entry.next <= Date.now()) await attempt(entry);
    }
    schedule();
  });

let timer;
function schedule() {
  clearTimeout(timer);
  const next = Math.min(...queue().map((entry) => entry.next));
  if (next < Infinity) timer = setTimeout(flush, Math.max(1000, next - Date.now()));
}

addEventListener("online", () => flush(true));
document.addEventListener("visibilitychange", () => document.hidden || flush());
