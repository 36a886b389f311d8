// A reference for the public form's speed: what a plain Node service does for an enquiry, without durability of the raw post,
// spam check, contact, company or event. Two statements, each committed by itself, pool of 10, the same PostgreSQL.
//
//   DATABASE_URL=postgresql://... PORT=34050 node benchmarks/node_reference.mjs
//
// Its driver is pinned in tools/package.json.
// Creates the tables reference_leads and reference_activities. POST /api/leads with JSON; GET /healthz.
import http from "node:http";
import postgres from "../tools/node_modules/postgres/src/index.js";

// postgresql://user@/database?host=/folder&port=5432 is a socket, which this driver takes as a path.
const [, user, database, folder, port] = process.env.DATABASE_URL.match(/^postgresql:\/\/(.*?)@\/(.*?)\?host=(.*?)&port=(\d+)$/);
const sql = postgres({ path: `${folder}/.s.PGSQL.${port}`, user, database, max: 10, onnotice: () => {} });
await sql`CREATE TABLE IF NOT EXISTS reference_leads (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL, email text NOT NULL, company text, phone text, budget text,
  project_type text, message text NOT NULL, source text, status text NOT NULL DEFAULT 'new',
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now())`;
await sql`CREATE INDEX IF NOT EXISTS reference_leads_status ON reference_leads (status)`;
await sql`CREATE INDEX IF NOT EXISTS reference_leads_email ON reference_leads (email)`;
await sql`CREATE INDEX IF NOT EXISTS reference_leads_created ON reference_leads (created_at)`;
await sql`CREATE TABLE IF NOT EXISTS reference_activities (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), lead_id uuid NOT NULL REFERENCES reference_leads ON DELETE CASCADE,
  type text NOT NULL, description text NOT NULL, created_at timestamptz NOT NULL DEFAULT now())`;
await sql`CREATE INDEX IF NOT EXISTS reference_activities_lead ON reference_activities (lead_id)`;

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

function errors(v) {
  const found = {};
  if (typeof v.name !== "string" || v.name.length < 2) found.name = "At least 2 characters";
  if (typeof v.email !== "string" || !EMAIL.test(v.email)) found.email = "Not an e-mail address";
  if (typeof v.message !== "string" || v.message.length < 10 || v.message.length > 5000) found.message = "10 to 5000 characters";
  return found;
}

function answer(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

http.createServer(async (request, response) => {
  if (request.url === "/healthz") return answer(response, 200, { status: "ok" });
  if (request.method !== "POST" || request.url !== "/api/leads") return answer(response, 404, {});
  const parts = [];
  for await (const part of request) parts.push(part);
  try {
    const v = JSON.parse(Buffer.concat(parts).toString());
    const found = errors(v);
    if (Object.keys(found).length) return answer(response, 400, { success: false, errors: found });
    const [lead] = await sql`INSERT INTO reference_leads (name, email, company, phone, message, source)
      VALUES (${v.name}, ${v.email}, ${v.company ?? null}, ${v.phone ?? null}, ${v.message}, 'Contact Form') RETURNING *`;
    await sql`INSERT INTO reference_activities (lead_id, type, description)
      VALUES (${lead.id}, 'note', ${"Submitted from " + request.socket.remoteAddress})`;
    answer(response, 201, { success: true, id: lead.id });
  } catch (error) {
    answer(response, 500, { success: false, error: String(error) });
  }
}).listen(Number(process.env.PORT ?? 34050), "127.0.0.1", () => console.log("Ready"));
