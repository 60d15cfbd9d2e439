// tollgate explain as a person and a program see it.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { temporaryFolder, tollgate } from "../testing/command.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const shop = (...args: string[]): ReturnType<typeof tollgate> =>
  tollgate(["explain", "examples/shop", ...args]);

test("a refusal: what decided with its place, what else matches, and what failed first", async () => {
  const args = ["--method", "POST", "--path", "/x/../admin/x", "--host", "shop.test", "--from", "10.0.0.9"];
  const { code, stdout, stderr } = await shop(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toBe(`deny 403 tollgate:authorization:shop/never:rules[0]
POST /admin/x  host: shop.test  source: 10.0.0.9

decided by DENY shop/never rules[0]
--> examples/shop/authorization.yaml:9
 9 |     - from: [{ source: { notIpBlocks: ["127.0.0.8/29", "10.20.0.0/16"] } }]
10 |       to: [{ operation: { paths: ["/admin", "/admin/*"] } }]
 = the peer's address is \`10.0.0.9\`, not one in \`127.0.0.8/29\` or one in \`10.20.0.0/16\`
 = path is \`/admin/x\`, which begins with \`/admin/\`

authorization: a DENY rule matches
  → DENY shop/never rules[0]  examples/shop/authorization.yaml:9
  ✗ DENY shop/never rules[1]  examples/shop/authorization.yaml:12
      path is \`/admin/x\`; wanted what ends with \`.bak\` or what begins with \`/.git/\`
  ✗ DENY shop/never rules[2]  examples/shop/authorization.yaml:14
      header \`x-api-key\` is absent; wanted \`shop-2026-03\`
  ✗ ALLOW shop/services rules[0]  examples/shop/authorization.yaml:34
      host is \`shop.test\`; wanted \`orders.shop.test\`
  ✗ ALLOW shop/services rules[1]  examples/shop/authorization.yaml:43
      host is \`shop.test\`; wanted \`payments.shop.test\`
  ✗ ALLOW shop/storefront rules[0]  examples/shop/authorization.yaml:23
      method is \`POST\`; wanted \`GET\` or \`HEAD\`
  ✓ ALLOW shop/storefront rules[1]  examples/shop/authorization.yaml:25
      host is \`shop.test\`
      method is \`POST\`
      path is \`/admin/x\`, which begins with \`/admin/\`

rate limiting: not reached

routing shop/versions: not reached

note: the listener makes the path \`/admin/x\` of \`/x/../admin/x\` (path normalisation BASE)
`);
});

test("the same from a file, from a pasted command, and for machines", async () => {
  const file = path.join(folder.path, "request.yaml");
  await writeFile(file, "method: POST\npath: /orders\nhost: orders.shop.test\nheaders: { x-user: joe }\n");
  const parsed = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { code, stdout } = await shop(...args, "--format", "json");
    expect(code).toBe(0);
    const [first] = (JSON.parse(stdout) as { explanations: Record<string, unknown>[] }).explanations;
    return first ?? {};
  };
  const fromFile = await parsed("--request", file);
  expect(fromFile).toMatchObject({
    decision: "allow",
    decidedBy: {
      stage: "authorization",
      rule: {
        policy: "shop/services",
        part: "rules[0]",
        place: { file: "examples/shop/authorization.yaml", line: 34 },
        reasons: expect.arrayContaining(["header `x-user` is `joe`"]),
      },
    },
    changes: { request: expect.arrayContaining([expect.objectContaining({ name: "x-shop-version" })]) },
  });
  const curl = "curl -X POST -H 'Host: orders.shop.test' -H 'x-user: joe' http://127.0.0.1/orders";
  expect(await parsed("--curl", curl)).toMatchObject({ decidedBy: fromFile["decidedBy"] });
  expect(await parsed("--curl", curl, "--method", "DELETE")).toMatchObject({
    decision: "deny",
    status: 403,
    details: "tollgate:authorization:none",
  });
});

test("limits and splits say what they go by", async () => {
  const { stdout } = await shop("--host", "shop.test", "-H", "x-user: joe");
  expect(stdout).toContain("counted by header `x-user` (`joe`) and the peer's address (`127.0.0.1`)");
  expect(stdout).toContain("20 left of 60 per 1m, burst 20");
  expect(stdout).toMatch(/arm `v\d`, \d+ of 100, by header `x-user` \(`joe`\)/);
});

test("from a line of a log back to the rule", async () => {
  const details = "tollgate:authorization:shop/never:rules[1]";
  for (const line of [
    details,
    `GET /a.bak 403 ${details} 0ms`,
    JSON.stringify({ response_code_details: details, x: 1 }),
  ]) {
    const { code, stdout } = await shop("--details", line);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${details}
the request was refused by this DENY rule

shop/never rules[1]
--> examples/shop/authorization.yaml:12
12 |     - to: [{ operation: { paths: ["*.bak", "/.git/*"] } }]
`,
    });
  }
  const limit = await shop(
    "--details",
    "tollgate:rate-limiting:shop/fair-use:limits.per-caller",
    "--format",
    "json",
  );
  expect(JSON.parse(limit.stdout)).toMatchObject({
    rules: [{ place: { file: "examples/shop/rate-limits.yaml" } }],
  });
  const gone = await shop("--details", "tollgate:authorization:shop/nevr:rules[1]");
  expect(gone.code).toBe(2);
  expect(gone.stderr).toContain(`did you mean \`${details}\`?`);
});

const policies = `apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: two }
spec: { workloads: [{ name: one, namespace: a, labels: { app: one } }, { name: other, namespace: b }] }
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: users, namespace: a }
spec: { jwtRules: [{ issuer: https://id.test, audiences: [shop], jwks: '{"keys":[{"kty":"oct","alg":"HS256","k":"${"a".repeat(43)}"}]}' }] }
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: members, namespace: a }
spec: { rules: [{ when: [{ key: "request.auth.claims[role]", values: [member] }] }] }
`;

test("each workload by itself; claims that are given, and tokens that are no good", async () => {
  await mkdir(path.join(folder.path, "two"));
  await writeFile(path.join(folder.path, "two", "policies.yaml"), policies);
  const two = (...args: string[]): ReturnType<typeof tollgate> =>
    tollgate(["explain", "two", ...args], { cwd: folder.path });
  const both = await two("--claims", '{"role":"member"}');
  expect(both.stdout).toMatch(/^workload one\n\nallow\n/);
  expect(both.stdout).toContain(" = claim `role` is `member`");
  expect(both.stdout).toContain("\nworkload other\n\nallow\n");
  expect(both.stdout).toContain("note: the token was made for this");
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = (claims: object): string =>
    `authorization: Bearer ${part({ alg: "HS256" })}.${part(claims)}.c2ln`;
  const says = async (claims: object): Promise<string> =>
    (await two("--workload", "one", "--at", "2026-01-01T00:00:00Z", "-H", token(claims))).stdout;
  expect(await says({ iss: "https://id.test", aud: "shop" })).toContain(
    "its signature is not good under the keys",
  );
  expect(await says({ iss: "https://id.test", aud: "x" })).toContain("claim `aud` is `x`; wanted `shop`");
  expect(await says({ iss: "https://id.test", aud: "shop", exp: 0 })).toContain(
    "it expired at 1970-01-01T00:00:00Z, and it is 2026-01-01T00:00:00Z",
  );
  expect(await says({ iss: "x" })).toContain("claim `iss` is `x`; wanted `https://id.test`");
  expect((await two("--path", "/", "--workload", "three")).code).toBe(2);
});

test("what a request says steers no terminal", async () => {
  const { code, stdout } = await shop("--host", "shop.test", "--path", "/\u202e\u009b31m");
  expect(code).toBe(0);
  // eslint-disable-next-line no-control-regex -- what is looked for
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
});

test.each([
  [[], "which request is to be explained?"],
  [["--request", "nowhere.yaml"], "`nowhere.yaml` is not there"],
  [["--curl", "wget x"], "`wget` is not curl"],
  [["--request", "-", "--curl", "curl x"], "both say what the request is"],
  [["-H", "nothing"], "`nothing` is no header"],
  [["--claims", "[]"], "`--claims` is no JSON object"],
  [["--at", "noon"], "write a time as 2026-01-31T08:00:00Z"],
  [["--path", "a b"], "`a b` is not a path"],
  [["--details", "GET / 200"], "there are no response-code details of Tollgate's"],
])("%j cannot be explained", async (args, message) => {
  const { code, stdout, stderr } = await shop(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(message);
});
