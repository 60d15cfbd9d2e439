// `tollgate diff`: folders, files, revisions and workloads, what is printed, and the exit code that a gate goes by.
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { temporaryFolder, tollgate, type Outcome } from "../testing/command.ts";

const shop = `apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: shop }
spec:
  backends: { "shop/web:80": "http://127.0.0.1:3001", "shop/web-v2:80": "http://127.0.0.1:3002" }
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: customers, namespace: shop }
spec:
  jwtRules: [{ issuer: "https://id.test", audiences: [shop], jwksUri: "https://id.test/keys" }]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: never, namespace: shop }
spec:
  action: DENY
  rules: [{ to: [{ operation: { paths: ["/admin/*"] } }] }]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: who, namespace: shop }
spec:
  rules:
    - to: [{ operation: { methods: [GET] } }]
    - to: [{ operation: { methods: [POST] } }]
      when: [{ key: "request.auth.claims[role]", values: [staff] }]
---
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: fair-use, namespace: shop }
spec:
  limits: { per-user: { key: [{ header: x-user }], rates: [{ limit: 20, window: 1m }] } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: road, namespace: shop }
spec:
  rules:
    - backendRefs: [{ name: web, port: 80 }]
    - matches: [{ path: { type: PathPrefix, value: /api } }]
      filters:
        - { type: CORS, cors: { allowOrigins: ["https://a.test"], allowMethods: [GET] } }
      backendRefs: [{ name: web, port: 80 }]
`;

/** A change of each kind. */
const changed =
  shop
    .replace("audiences: [shop]", "audiences: [shop, web]")
    .replace('"/admin/*"', '"/admin/*", "/internal"')
    .replace("values: [staff]", "values: [staff, owner]")
    .replace("limit: 20", "limit: 10")
    .replace("allowMethods: [GET]", "allowMethods: [GET, PUT]") +
  `    - matches: [{ path: { type: PathPrefix, value: /new } }]
      backendRefs: [{ name: web-v2, port: 80 }]
`;

/** The same in other words. */
const reworded = shop
  .replace("name: never", "name: not-ever")
  .replace(
    '{ to: [{ operation: { paths: ["/admin/*"] } }] }',
    `{ condition: "request.url_path.startsWith('/admin/')" }`,
  );

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  await write("old/p.yaml", shop);
  await write("new/p.yaml", changed);
  await write("reworded/q.yaml", reworded);
});
afterAll(() => folder.remove());

async function write(name: string, text: string): Promise<void> {
  const file = path.join(folder.path, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}

const diff = (args: readonly string[], cwd = ".", env = process.env): Promise<Outcome> =>
  tollgate(["diff", ...args], { cwd: path.join(folder.path, cwd), env });

test("a change of each kind, decided so by both compiled filters", async () => {
  expect(await diff(["old", "new"])).toEqual({ code: 1, stderr: "", stdout: EACH_KIND });
});

const EACH_KIND = `now allowed
  > POST /  claims: {"role":"owner","iss":"https://id.test","aud":"shop"}
    old  deny 403 "RBAC: access denied"  no ALLOW rule matches
    new  allow, to shop/web:80           shop/who rules[1]      new/p.yaml:26

now denied
  > GET /internal
    old  allow, to shop/web:80           shop/who rules[0]    old/p.yaml:25
    new  deny 403 "RBAC: access denied"  shop/never rules[0]  new/p.yaml:18

authenticated differently
  issuer https://id.test
  audiences: shop → shop, web
  > GET /  host: example.com  claims: {"iss":"https://id.test","aud":"web"}
    old  deny 401 "Jwt verification fails"  shop/customers jwtRules[0]  old/p.yaml:11
    new  allow, to shop/web:80              shop/customers jwtRules[0]  new/p.yaml:11

limited differently
  shop/fair-use per-user
  rates: 20 per 1m, burst 20 → 10 per 1m, burst 10
  > GET /  (11 times, of which this is the last)
    old  allow, to shop/web:80                    shop/fair-use limits.per-user  old/p.yaml:33
    new  limit 429 for 6 s "rate limit exceeded"  shop/fair-use limits.per-user  new/p.yaml:33

routed elsewhere
  backend: shop/web:80 → shop/web-v2:80
  > GET /new
    old  allow, to shop/web:80     shop/road rules[0]  old/p.yaml:40
    new  allow, to shop/web-v2:80  shop/road rules[2]  new/p.yaml:45

answered differently
  cross-origin methods: GET → GET, PUT
  > OPTIONS /api  origin: https://a.test  access-control-request-method: x
    old  preflight 204  shop/road rules[1]  old/p.yaml:41
    new  preflight 204  shop/road rules[1]  new/p.yaml:41

confirmed  6 of 6 changes by running both compiled filters
assumed    remote key sets hold the same keys for both
           a request has a method, a path and a host
           it has at most 256 values of the headers that policies look at: one with more is refused

differs: 6 changes
`;

test("the same in other words is proven to be the same", async () => {
  expect(await diff(["old", "reworded"])).toEqual({ code: 0, stderr: "", stdout: EQUAL });
});

const EQUAL = `proven   for every method, path, claim role, claim iss, claim aud, header origin, header access-control-request-method
assumed  remote key sets hold the same keys for both
         a request has a method, a path and a host
         it has at most 256 values of the headers that policies look at: one with more is refused

equal: no request is decided differently
`;

describe("JSON", () => {
  interface Report {
    verdict: string;
    workloads: {
      verdict: string;
      attributes: string[];
      assumptions: string[];
      undecided: string[];
      changes: {
        kind: string;
        witness: { confirmedBy: string; steps: object[]; old: object; new: object };
      }[];
    }[];
  }
  const report = ({ stdout }: Outcome): Report => JSON.parse(stdout) as Report;

  test("of what differs", async () => {
    await write("get.yaml", policy("methods: [GET]"));
    await write("get-and-head.yaml", policy("methods: [GET, HEAD]"));
    const outcome = await diff(["get.yaml", "get-and-head.yaml", "--format", "json"]);
    expect(outcome.code).toBe(1);
    expect(report(outcome)).toEqual({
      verdict: "differs",
      old: "get.yaml",
      new: "get-and-head.yaml",
      workloads: [
        {
          verdict: "differs",
          changes: [
            {
              kind: "now-allowed",
              details: [],
              old: { none: "no ALLOW rule matches" },
              new: { policy: "default/p", rule: "rules[0]", file: "get-and-head.yaml", line: 5 },
              witness: {
                steps: [
                  {
                    request: expect.objectContaining({ method: "HEAD", path: "/" }),
                    line: "HEAD /",
                    times: 1,
                  },
                ],
                old: {
                  decision: "deny",
                  status: 403,
                  body: "",
                  details: "tollgate:authorization:none",
                  headers: [],
                },
                new: {
                  decision: "allow",
                  request: expect.arrayContaining([[":method", "HEAD"]]),
                  response: [[":status", "200"]],
                },
                confirmedBy: "filters",
              },
            },
          ],
          undecided: [],
          attributes: ["method"],
          assumptions: [expect.stringContaining("has a method"), expect.stringContaining("256")],
          notes: [],
        },
      ],
    });
  });

  test("of what is not known", async () => {
    await write("size.yaml", condition("size(request.headers['x-a']) > 3"));
    await write("not-size.yaml", condition("!(size(request.headers['x-a']) <= 3)"));
    const outcome = await diff(["size.yaml", "not-size.yaml", "--format", "json"]);
    expect(outcome.code).toBe(2);
    const [workload] = report(outcome).workloads;
    expect(workload?.verdict).toBe("undecided");
    expect(workload?.undecided).not.toEqual([]);
    expect(workload?.assumptions.join()).toContain("size(request.headers['x-a']) > 3");
    expect(outcome.stderr).toContain("error: whether the versions differ could not be decided");
  });
});

function policy(operation: string): string {
  return `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: p }
spec:
  rules: [{ to: [{ operation: { ${operation} } }] }]
`;
}

function condition(text: string): string {
  return policy("").replace("{ to: [{ operation: {  } }] }", `{ condition: "${text}" }`);
}

describe("workloads", () => {
  const bundle = (names: readonly string[]): string => `apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: mesh }
spec: { workloads: [${names.map((name) => `{ name: ${name}, labels: { app: ${name} } }`).join(", ")}] }
---
`;
  beforeAll(async () => {
    await write("one/p.yaml", bundle(["orders", "stock"]) + policy("methods: [GET]"));
    await write("two/p.yaml", bundle(["orders", "mail"]) + policy("methods: [GET]"));
    await write("none/p.yaml", policy("methods: [GET]"));
  });

  test("one that only one version has is a difference", async () => {
    const { code, stdout } = await diff(["one", "two"]);
    expect(code).toBe(1);
    expect(stdout).toBe(`workload orders  equal
proven  the rules say the same

workload mail  differs
  only two has it

workload stock  differs
  only one has it

differs: not the same workloads: mail, stock
`);
  });

  test("one is compared alone, and has to be there", async () => {
    expect(await diff(["one", "two", "--workload", "orders"])).toMatchObject({ code: 0 });
    expect(await diff(["one", "two", "--workload", "order"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("neither version has a workload `order`"),
    });
  });

  test("where a version names none, its filter is what each of them has", async () => {
    const { code, stdout } = await diff(["none", "one"]);
    expect(code).toBe(0);
    expect(stdout).toContain("workload orders  equal");
    expect(stdout).toContain("workload stock  equal");
  });
});

describe("revisions", () => {
  beforeAll(async () => {
    await write("repository/policies/p.yaml", shop);
    git("init", "--quiet", "--initial-branch=main");
    git("add", ".");
    git("commit", "--quiet", "-m", "x");
    await write("repository/policies/p.yaml", reworded);
    await write("repository/deeper/x", "");
  });

  function git(...args: readonly string[]): void {
    const identity = ["-c", "user.name=a", "-c", "user.email=a@b.test", "-c", "commit.gpgsign=false"];
    execFileSync("git", [...identity, ...args], { cwd: path.join(folder.path, "repository") });
  }

  test("against the working tree, and against each other, from any folder", async () => {
    expect(await diff(["HEAD:policies", "policies"], "repository")).toMatchObject({ code: 0, stderr: "" });
    expect(await diff(["main:policies", "HEAD:../policies/p.yaml"], "repository/deeper")).toMatchObject({
      code: 0,
    });
  });

  test("an error in a revision names it", async () => {
    const { code, stdout, stderr } = await diff(["HEAD:policies/p.yaml", "deeper"], "repository");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("error: `deeper` does not compile, so there is nothing to compare");
    await write("repository/policies/p.yaml", shop.replace("action: DENY", "action: FORBID"));
    git("commit", "--quiet", "--all", "-m", "x");
    const broken = await diff(["HEAD:policies", "HEAD~1:policies"], "repository");
    expect({ code: broken.code, stdout: broken.stdout }).toEqual({ code: 2, stdout: "" });
    expect(broken.stderr).toContain("--> HEAD:policies/p.yaml:17:");
  });

  test.each<[string, readonly string[], string]>([
    ["nothing of that name", ["nowhere", "old"], "`nowhere` is not there"],
    ["no repository", ["HEAD:old", "old"], "this folder is in no git repository"],
    ["a compiled filter", ["shop.wasm", "old"], "`shop.wasm` is a compiled filter"],
    ["one version", ["old"], "missing required argument 'new'"],
  ])("%s", async (_, args, words) => {
    await write("shop.wasm", "");
    const { code, stdout, stderr } = await diff(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(words);
  });

  test("where there is no git", async () => {
    const { code, stderr } = await diff(["HEAD:old", "old"], ".", { ...process.env, PATH: "" });
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("git is not installed"),
    });
  });
});
