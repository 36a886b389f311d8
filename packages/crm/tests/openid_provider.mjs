// A real OpenID provider for the tests (oidc-provider, certified by the OpenID Foundation). Whoever types the name of an
// account signs in as it. It asks for PKCE, and prints its address once it listens.
//
//   SETTINGS='{"redirect": "http://crm.test/…", "accounts": {"ada": {"email": "…", "email_verified": true}}, …}' node openid_provider.mjs
import http from "node:http";
import { pathToFileURL } from "node:url";

const { default: Provider } = await import(pathToFileURL(`${process.env.OIDC_PROVIDER}/lib/index.js`));
const { accounts, secret, redirect, inIdToken } = JSON.parse(process.env.SETTINGS);
const server = http.createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [{ client_id: "crm", client_secret: secret, redirect_uris: [redirect] }],
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  conformIdTokenClaims: !inIdToken,
  pkce: { required: () => true },
  cookies: { keys: ["a key of the tests"] },
  findAccount: (_, id) => accounts[id] && { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) },
});
server.on("request", provider.callback());
console.log(issuer);
