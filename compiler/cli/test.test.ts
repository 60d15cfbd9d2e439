// tollgate test as people run it.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { envoyForTests } from "../../envoy/testing.ts";
import { Running, temporaryFolder, tollgate } from "../testing/command.ts";

let folder: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ path: folder, remove } = await temporaryFolder());
});
afterAll(() => remove());

const policies = `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: readers, namespace: shop }
spec:
  rules:
    - to: [{ operation: { methods: [GET] } }]
    - to: [{ operation: { methods: [POST], paths: [/orders] } }]
---
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: few, namespace: shop }
spec:
  limits: { all: { rates: [{ limit: 1, window: 1m, burst: 2 }] } }
`;

function tests(cases: string, spec = ""): string {
  return `apiVersion: tollgate.dev/v1alpha1
kind: PolicyTest
metadata: { name: t }
spec:
${spec}  cases:
${cases}`;
}

const passing = "    - { name: anybody reads, request: { path: / }, expect: { decision: allow } }\n";
const failing =
  "    - { name: anybody deletes, request: { method: DELETE }, expect: { decision: allow, status: 200 } }\n";

/** A folder with these files. */
async function written(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const to = path.join(folder, name);
  await mkdir(to, { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(path.join(to, file), text);
  return to;
}

const cwd = (): { cwd: string } => ({ cwd: folder });

const tested = {
  shop: "examples/shop",
  storefront: "examples/storefront",
  connections: "runtime-tests/policy-tests",
};

describe("the examples pass, and connections are what requests say of them", () => {
  const names = Object.keys(tested) as (keyof typeof tested)[];
  // Each takes an Envoy of its own.
  const inEnvoy = names.map((name) => ["envoy", [name]] as const);
  test.each([["host", names], ["interpreter", names], ...inEnvoy] as const)(
    "%s: %j",
    async (engine, asked) => {
      if (engine === "envoy" && (await envoyForTests()) === undefined) return;
      const paths = asked.map((name) => tested[name]);
      const { code, stdout, stderr } = await tollgate(["test", ...paths, "--engine", engine]);
      expect(stderr).toBe("");
      const lines = asked.map((name) => `✓ ${name} (\\d+) of (\\d+)  \\S+\n`);
      const found = new RegExp(`^${lines.join("")}\n\\d+ passed \\(${engine}, .*\\)\n$`).exec(stdout);
      const [, ...counts] = found ?? [stdout];
      expect(counts.filter((_, i) => i % 2 === 0)).toEqual(counts.filter((_, i) => i % 2 === 1));
      expect(found).not.toBeNull();
      expect(code).toBe(0);
    },
  );
});

test("what fails is shown with what was expected and why", async () => {
  await written("fails", { "p.yaml": policies, "t.yaml": tests(passing + failing) });
  const { code, stdout } = await tollgate(["test", "fails", "--engine", "interpreter"], cwd());
  expect(stdout.replace(/\d+ ms/, "1 ms")).toBe(`✗ t 1 of 2  fails/t.yaml

  ✗ anybody deletes  fails/t.yaml:7
    DELETE /

              expected  got
    decision  allow     deny
    status    200       403

    = because: no ALLOW rule matches

1 failed, 1 passed (interpreter, 1 ms)
`);
  expect(code).toBe(1);
});

test("each of a thousand cases begins anew, and a sequence counts together", async () => {
  const left = (n: number, seconds: number): string =>
    `{ decision: allow, headers: { response: { set: { ratelimit: '"all";r=${n};t=${seconds}' } } } }`;
  const sequence = `    - name: a sequence
      sequence:
        - { request: {}, expect: ${left(1, 60)} }
        - { request: {}, expect: ${left(0, 120)} }
        - { repeat: 3, request: {}, expect: { decision: limit, reason: "few/limits.all", headers: { set: { retry-after: "60" } } } }
        - { after: 1m, request: {}, expect: { decision: allow } }
`;
  const many = Array.from(
    { length: 1000 },
    (_, i) => `    - { name: "${i}", request: { path: "/${i}" }, expect: ${left(1, 60)} }\n`,
  );
  await written("anew", { "p.yaml": policies, "t.yaml": tests(sequence + many.join("")) });
  const { code, stdout } = await tollgate(["test", "anew"], cwd());
  expect(stdout).toContain("✓ t 1001 of 1001  anew/t.yaml\n\n1001 passed (host, ");
  expect(code).toBe(0);
});

test("coverage, and what of it is wanted", async () => {
  await written("covered", { "p.yaml": policies, "t.yaml": tests(passing) });
  const run = (...more: string[]): ReturnType<typeof tollgate> =>
    tollgate(["test", "covered", "--engine", "interpreter", ...more], cwd());
  const { code, stdout, stderr } = await run("--threshold", "90");
  expect(stdout).toContain(`coverage
  25 % shop/readers covered/p.yaml
       rules[0] covered/p.yaml:6
         never false: method is \`GET\`
       rules[1] covered/p.yaml:7
         never matched
         never true: method is \`POST\`
         never true: path is \`/orders\`
  50 % shop/few covered/p.yaml
       limits.all covered/p.yaml:13
         never refused a request
`);
  expect(stderr).toMatch(/coverage is \d+ %, and 90 % is wanted/);
  expect(code).toBe(1);
  expect((await run("--threshold", "20")).code).toBe(0);
});

test("results for machines, in files that are there whole", async () => {
  await written("files", {
    "p.yaml": policies,
    "t.yaml": tests(passing + failing.replace("deletes", "<deletes>")),
  });
  const run = (...more: string[]): ReturnType<typeof tollgate> =>
    tollgate(["test", "files", "--engine", "interpreter", ...more], cwd());
  const junit = await run("--format", "junit", "-o", "junit.xml");
  expect(junit).toMatchObject({ code: 1, stdout: "junit.xml\n" });
  const xml = await readFile(path.join(folder, "junit.xml"), "utf8");
  expect(xml.replace(/time="[\d.]+"/g, 'time="0"')).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="tollgate" tests="2" failures="1" errors="0" skipped="0" time="0">
  <testsuite name="t" file="files/t.yaml" tests="2" failures="1" errors="0" skipped="0" time="0">
    <testcase name="anybody reads" classname="t" file="files/t.yaml" line="6" time="0"/>
    <testcase name="anybody &lt;deletes&gt;" classname="t" file="files/t.yaml" line="7" time="0">
      <failure message="decision: expected allow, got deny">files/t.yaml:7&#10;DELETE /&#10;decision: expected allow, got deny&#10;status: expected 200, got 403&#10;because no ALLOW rule matches</failure>
    </testcase>
  </testsuite>
</testsuites>
`);
  // Again over its own, never over another's.
  expect((await run("--format", "junit", "-o", "junit.xml")).stdout).toBe("junit.xml\n");
  expect(await run("--format", "json", "-o", "junit.xml")).toMatchObject({ code: 2, stdout: "" });
  await writeFile(path.join(folder, "notes.txt"), "all tests passed\n");
  expect(await run("-o", "notes.txt")).toMatchObject({ code: 2, stdout: "" });
  const { stdout } = await run("--format", "json", "--coverage");
  expect(JSON.parse(stdout)).toMatchObject({
    engine: "interpreter",
    passed: 1,
    failed: 1,
    tests: [
      { name: "t", cases: [{ result: "passed" }, { result: "failed", request: { method: "DELETE" } }] },
    ],
    coverage: { policies: [{ policy: "shop/readers" }, { policy: "shop/few" }] },
  });
});

test("tokens of the tests' own, signed as the rule's keys allow", async () => {
  const jwks = JSON.stringify({ keys: [{ kty: "oct", alg: "HS256", k: "a".repeat(48) }] });
  const customers = `apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: customers, namespace: shop }
spec:
  jwtRules:
    - { issuer: https://remote.test, jwksUri: "https://remote.test/keys", outputClaimToHeaders: [{ header: x-sub, claim: sub }] }
    - { issuer: https://inline.test, audiences: [shop], jwks: '${jwks}', fromHeaders: [{ name: x-token }] }
`;
  const cases = `    - { name: remote, request: { token: { claims: { sub: joe } } }, expect: { decision: allow, headers: { set: { x-sub: joe } } } }
    - { name: inline, request: { token: { claims: { iss: "https://inline.test" } } }, expect: { decision: allow } }
    - { name: another audience, request: { token: { claims: { iss: "https://inline.test", aud: x } } }, expect: { decision: deny, reason: "customers/jwtRules[1]" } }
    - { name: a stranger, request: { token: { key: mallory } }, expect: { decision: deny, status: 401 } }
    - { name: another algorithm, request: { token: { algorithm: HS256 } }, expect: { decision: deny } }
    - { name: too late, now: "2020-01-01T00:00:00Z", request: { token: { claims: { exp: 1577836739 } } }, expect: { decision: deny } }
    - { name: just in time, now: "2020-01-01T00:00:00Z", request: { token: { claims: { exp: 1577836741 } } }, expect: { decision: allow } }
    - { name: for ever, request: { token: { claims: { exp: null } } }, expect: { decision: allow } }
`;
  await written("tokens", { "p.yaml": customers, "t.yaml": tests(cases) });
  for (const engine of ["host", "interpreter"]) {
    const { stdout } = await tollgate(["test", "tokens", "--engine", engine], cwd());
    expect(stdout).toContain("8 passed");
  }
});

test("parameters are what the test says, or their defaults", async () => {
  const bundle = `apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: b }
spec: { parameters: { n: { type: integer, default: 1 }, w: { type: duration } } }
`;
  const files = (parameters: string): Record<string, string> => ({
    "p.yaml": policies.replace("limit: 1, window: 1m, burst: 2", "limit: '${n}', window: '${w}'"),
    "b.yaml": bundle,
    "t.yaml": tests(
      `    - name: n
      sequence:
        - { repeat: 3, request: {}, expect: { decision: allow } }
        - { request: {}, expect: { decision: limit, headers: { set: { retry-after: "20" } } } }
`,
      `  parameters: ${parameters}\n`,
    ),
  });
  const run = async (parameters: string): Promise<string> => {
    const to = await written("parameters", files(parameters));
    const { stdout, stderr } = await tollgate(["test", to, "--engine", "interpreter"], cwd());
    return stdout + stderr;
  };
  expect(await run("{ n: 3, w: 1m }")).toContain("1 passed");
  expect(await run("{ n: 3 }")).toContain("the parameter `w` has no default");
  expect(await run("{ n: -1, w: 1m }")).toContain("this is no value of the parameter `n`");
  expect(await run("{ n: '3', w: 1m }")).toContain("this is no value of the parameter `n`");
  expect(await run("{ m: 3, w: 1m }")).toContain("these policies use no parameter `m`");
});

test("limits of a mesh count here, which is said once", async () => {
  const mesh = `${policies.replace("all: { rates", "all: { scope: mesh, algorithm: fixedWindow, rates").replace(", burst: 2", "").replace("limit: 1", "limit: 2")}---
apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: b }
spec: { rateLimitService: { cluster: limits } }
`;
  const sequence = `    - name: the third
      sequence:
        - { repeat: 2, request: {}, expect: { decision: allow } }
        - { request: {}, expect: { decision: limit } }
`;
  await written("mesh", { "p.yaml": mesh, "t.yaml": tests(sequence) });
  const { code, stdout, stderr } = await tollgate(["test", "mesh", "--engine", "interpreter"], cwd());
  expect(stderr).toBe(
    "limits of the scope `mesh` are counted by the filter itself here: no service is asked\n",
  );
  expect(stdout).toContain("1 passed");
  expect(code).toBe(0);
});

describe("what is no good is said, and nothing is run", () => {
  const none = { "p.yaml": policies };
  const cases: [string, Record<string, string>, string[], number, string][] = [
    ["no test", none, [], 1, "error[TG5001]: there is no test here"],
    ["no policy", { "t.yaml": tests(passing) }, [], 1, "error[TG1003]: there is no policy for the test `t`"],
    [
      "policies that are not there",
      { "t.yaml": tests(passing, "  policies: [elsewhere]\n") },
      [],
      1,
      "error[TG5007]: `",
    ],
    [
      "policies that do not compile",
      { ...none, "t.yaml": tests(passing), "x.yaml": policies.replace("GET", "get(") },
      [],
      1,
      "error[TG",
    ],
    [
      "an unknown rule",
      {
        ...none,
        "t.yaml": tests("    - { name: n, request: {}, expect: { reason: 'readers/rules[9]' } }\n"),
      },
      [],
      1,
      "error[TG5004]",
    ],
    [
      "a request that the listener refuses",
      {
        ...none,
        "t.yaml": tests("    - { name: n, request: { path: /%00 }, expect: { decision: deny } }\n"),
      },
      [],
      1,
      "error[TG5006]: the listener answers this request itself: 400 `path_normalization_failed`",
    ],
    [
      "a filter that leaves nothing",
      { ...none, "t.yaml": tests(passing) },
      ["--only", "nobody"],
      2,
      "no case has a name with that text",
    ],
    [
      "a workload that is not there",
      { ...none, "t.yaml": tests(passing, "  workload: x\n") },
      [],
      1,
      "error[TG2007]: there is no workload `x`",
    ],
    [
      "a parameter without a value",
      {
        "p.yaml": policies.replace("limit: 1,", "limit: '${n}',"),
        "b.yaml": `apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: b }
spec: { parameters: { n: { type: integer } } }
`,
        "t.yaml": tests(passing),
      },
      [],
      1,
      "error[TG4010]: the parameter `n` has no default, so the test has to give it",
    ],
    [
      "an unknown workload",
      { ...none, "t.yaml": tests(passing) },
      ["--workload", "x"],
      2,
      "this bundle names no workloads",
    ],
    [
      "no percent",
      { ...none, "t.yaml": tests(passing) },
      ["--threshold", "101"],
      2,
      "give a number from 0 to 100",
    ],
  ];
  test.each(cases)("%s", async (name, files, options, code, message) => {
    const to = await written(name.replaceAll(" ", "-"), files);
    const outcome = await tollgate(["test", to, "--engine", "interpreter", ...options], cwd());
    expect(outcome.stderr).toContain(message);
    expect(outcome.stdout).toBe("");
    expect(outcome.code).toBe(code);
  });
});

test("changes are followed", async () => {
  const to = await written("watched", { "p.yaml": policies, "t.yaml": tests(passing) });
  const running = new Running(["test", "watched", "--watch", "--engine", "interpreter"], cwd());
  try {
    await running.until("stdout", /1 passed/);
    await running.until("stderr", /waiting for changes/);
    await writeFile(path.join(to, "p.yaml"), policies.replace("[GET]", "[PUT]"));
    await running.until("stdout", /1 failed, 0 passed/);
    await writeFile(path.join(to, "p.yaml"), policies.replace("[GET]", "GET"));
    await running.until("stderr", /TG2004/);
    await writeFile(path.join(to, "p.yaml"), policies);
    await running.until("stdout", /failed[^]*1 passed/);
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(0);
  } finally {
    await running.stop();
  }
});
