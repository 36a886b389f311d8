// Passkeys: the browser asks for one, and its answer is sent with the form. Without this script the forms stay hidden.
const ERRORS = {
  NotAllowedError: "No passkey was chosen. Try again, or use another way.",
  InvalidStateError: "This device already has a passkey for your account.",
  SecurityError: "Passkeys do not work at this address. Open the CRM at its usual address.",
};

async function ask({ passkey, options }) {
  const publicKey = JSON.parse(options);
  return passkey === "create"
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
}

async function answer(event) {
  const form = event.target;
  if (form.elements.answer.value) return;
  event.preventDefault();
  const message = form.querySelector("[data-passkey-error]");
  message.textContent = "";
  try {
    form.elements.answer.value = JSON.stringify(await ask(form.dataset));
    form.requestSubmit();
  } catch (error) {
    message.textContent = ERRORS[error.name] ?? `Your device reports: ${error.message}`;
  }
}

if (globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON) {
  for (const note of document.querySelectorAll("[data-passkey-missing]")) note.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", answer);
    // An answer works once, so the page that "back" leads to asks again.
    addEventListener("pageshow", () => { form.elements.answer.value = ""; });
  }
}
