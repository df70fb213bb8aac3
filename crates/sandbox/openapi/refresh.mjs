// Makes github.json: what GitHub publishes about the routes of the sandbox, as JSON Schema.
//
//   node crates/sandbox/openapi/refresh.mjs [VERSION]
//
// Downloads the npm package @octokit/openapi (MIT) into a temporary folder and removes it afterwards: unpacked it has 385 MB.
// Descriptions, examples and extensions are left out; `nullable` of OpenAPI 3.0 becomes a type that JSON Schema knows, and `oneOf`
// becomes `anyOf`, because the alternatives of the description overlap (an error fits both shapes of a 409).

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const VERSION = process.argv[2] ?? "23.0.2";

const OPERATIONS = [
  "GET /app",
  "POST /app/installations/{installation_id}/access_tokens",
  "GET /installation/repositories",
  "DELETE /installation/token",
  "GET /orgs/{org}/installation",
  "GET /rate_limit",
  "GET /repos/{owner}/{repo}",
  "GET /repos/{owner}/{repo}/actions/secrets/public-key",
  "PUT /repos/{owner}/{repo}/actions/secrets/{secret_name}",
  "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
  "GET /repos/{owner}/{repo}/contents/{path}",
  "PUT /repos/{owner}/{repo}/contents/{path}",
  "GET /repos/{owner}/{repo}/installation",
  "GET /users/{username}",
  "GET /users/{username}/installation",
];

const LEFT_OUT = new Set(["description", "example", "examples", "discriminator", "externalDocs", "title", "deprecated", "xml"]);

const published = download();
const components = {};
const paths = {};
for (const operation of OPERATIONS) {
  const [method, path] = operation.split(" ");
  const { requestBody, responses } = published.paths[path][method.toLowerCase()];
  paths[path] ??= {};
  paths[path][method.toLowerCase()] = clean({ ...(requestBody && { requestBody }), responses });
}
const extract = {
  source: `npm package @octokit/openapi ${VERSION}, api.github.com.json (MIT)`,
  paths,
  components: sorted(components),
};
writeFileSync(new URL("github.json", import.meta.url), `${JSON.stringify(extract, null, 1)}\n`);

function download() {
  const folder = mkdtempSync(join(tmpdir(), "octokit-openapi-"));
  try {
    execFileSync("npm", ["pack", "--silent", `@octokit/openapi@${VERSION}`], { cwd: folder });
    const file = "package/generated/api.github.com.json";
    execFileSync("tar", ["-xzf", `octokit-openapi-${VERSION}.tgz`, file], { cwd: folder });
    return JSON.parse(readFileSync(join(folder, file), "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Copies a part of the description; what it refers to is taken along into `components`.
function clean(node, names = false) {
  if (Array.isArray(node)) return node.map((item) => clean(item));
  if (typeof node !== "object" || node === null) return node;
  if (typeof node.$ref === "string") return { $ref: take(node.$ref) };
  const copy = {};
  for (const [key, value] of Object.entries(node)) {
    // Below `properties` and the like the keys are names that clients chose, not words of the description.
    if (!names && (LEFT_OUT.has(key) || key.startsWith("x-"))) continue;
    if (key === "headers" && !names) continue;
    if (!names && key === "default") continue;
    if (!names && (key === "enum" || key === "required")) copy[key] = value;
    else copy[!names && key === "oneOf" ? "anyOf" : key] = clean(value, !names && ["properties", "responses", "content"].includes(key));
  }
  return names ? copy : withNull(copy);
}

function take(reference) {
  const [, , kind, name] = reference.split("/");
  components[kind] ??= {};
  if (!(name in components[kind])) {
    components[kind][name] = null;
    components[kind][name] = clean(published.components[kind][name]);
  }
  return reference;
}

function withNull({ nullable, ...schema }) {
  if (nullable !== true) return schema;
  if (schema.enum && !schema.enum.includes(null)) schema.enum = [...schema.enum, null];
  if (typeof schema.type === "string") return { ...schema, type: [schema.type, "null"] };
  return { anyOf: [schema, { type: "null" }] };
}

function sorted(kinds) {
  const byName = ([a], [b]) => (a < b ? -1 : 1);
  const entries = Object.entries(kinds).map(([kind, members]) => [kind, Object.fromEntries(Object.entries(members).sort(byName))]);
  return Object.fromEntries(entries.sort(byName));
}
