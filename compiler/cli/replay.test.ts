// tollgate replay as a person and a program see it: logs whose differences are known.
import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { repository, temporaryFolder, tollgate, type Outcome } from "../testing/command.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  for (const [name, text] of Object.entries({
    old: policies("/private/*", 2),
    new: policies("/public/*", 3),
  })) {
    await mkdir(path.join(folder.path, name));
    await writeFile(path.join(folder.path, name, "policies.yaml"), text);
  }
});
afterAll(() => folder.remove());

const policies = (refused: string, limit: number): string => `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: never, namespace: shop }
spec: { action: DENY, rules: [{ to: [{ operation: { paths: ["${refused}"] } }] }] }
---
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: fair, namespace: shop }
spec: { limits: { each: { key: [{ header: x-user }], rates: [{ limit: ${limit}, window: 1m }] } } }
---
apiVersion: tollgate.dev/v1alpha1
kind: HeaderRoutePolicy
metadata: { name: v, namespace: shop }
spec: { rules: [{ request: { set: [{ name: x-version, value: v${limit} }] }, matches: [{ headers: [{ name: x-beta, value: "1" }] }] }] }
`;

interface Logged {
  readonly path: string;
  readonly user?: string;
  readonly beta?: string;
  readonly second?: number;
}

function json({ path: target, user, beta, second = 0 }: Logged): string {
  return JSON.stringify({
    ...{
      start_time: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
      method: "GET",
      path: target,
    },
    ...{
      authority: "a.test",
      "x-user": user,
      "x-beta": beta,
      downstream_direct_remote_address: "10.0.0.9:1234",
    },
  });
}

/** One now allowed, two now denied, one routed with another header, one no longer limited, and the rest as before. */
const logged: readonly Logged[] = [
  { path: "/private/a", user: "a" },
  { path: "/public/b", user: "b" },
  { path: "/public/c?d", user: "c" },
  { path: "/", user: "d", beta: "1" },
  { path: "/x", user: "e", second: 10 },
  { path: "/x", user: "e", second: 11 },
  { path: "/x", user: "e", second: 12 },
  { path: "/x", user: "f" },
  // The bucket has filled up.
  { path: "/x", user: "e", second: 75 },
];
const lines = logged.map(json);

async function replayed(content: string | Buffer, name: string, ...args: string[]): Promise<Outcome> {
  await writeFile(path.join(folder.path, name), content);
  return tollgate(["replay", "old", "new", "--log", name, ...args], { cwd: folder.path });
}

interface Found {
  readonly verdict: string;
  readonly requests: number;
  readonly differences: number;
  readonly totals: unknown;
  readonly groups: readonly {
    readonly change: string;
    readonly count: number;
    readonly old: { readonly decidedBy: string };
    readonly new: { readonly decidedBy: string };
    readonly examples: readonly { readonly line: number }[];
  }[];
  readonly unreadable: unknown;
}

const groups = [
  ["now denied", 2, "no rule refuses it", "DENY shop/never rules[0]", [2, 3]],
  ["now allowed", 1, "DENY shop/never rules[0]", "no rule refuses it", [1]],
  ["changed otherwise", 1, "rule shop/v rules[0]", "rule shop/v rules[0]", [4]],
  ["now allowed", 1, "limit shop/fair limits.each", "limits have room", [7]],
];

function summary({ stdout }: Outcome): unknown {
  const found = JSON.parse(stdout) as Found;
  return found.groups.map(({ change, count, old: before, new: after, examples }) => [
    ...[change, count, before.decidedBy, after.decidedBy],
    examples.map(({ line }) => line),
  ]);
}

test("a log whose differences are known, with broken lines in it", async () => {
  const broken = [...lines.slice(0, 4), "", "{ nonsense", ...lines.slice(4), '{"method":"-"}'];
  const { code, stdout, stderr } = await replayed(broken.join("\n"), "a.log");
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  expect(stdout).toBe(`9 requests: 5 decided differently (55.6 %)

         old  new
  allow    7    7
  deny     1    2  +1
  limit    1    0  −1

now allowed  1
  old  deny   DENY shop/never rules[0]  old/policies.yaml:4
  new  allow  no rule refuses it
    line 1  GET /private/a  host: a.test  x-user: a  source: 10.0.0.9

now allowed  1
  old  limit  limit shop/fair limits.each  old/policies.yaml:9
  new  allow  limits have room
    line 9  GET /x  host: a.test  x-user: e  source: 10.0.0.9

now denied  2
  old  allow  no rule refuses it
  new  deny   DENY shop/never rules[0]  new/policies.yaml:4
    line 2  GET /public/b  host: a.test  x-user: b  source: 10.0.0.9
    line 3  GET /public/c?d  host: a.test  x-user: c  source: 10.0.0.9

changed otherwise  1
  old  allow  rule shop/v rules[0]  old/policies.yaml:14
  new  allow  rule shop/v rules[0]  new/policies.yaml:14
    line 4  GET /  host: a.test  x-user: d  x-beta: 1  source: 10.0.0.9

2 lines could not be read
  line 6: it is no JSON
  line 12: it does not say the method and the path of a request

note: limits begin with nothing counted
`);
});

test("for machines; packed; from standard input; under names of one's own; in text", async () => {
  const plain = await replayed(lines.join("\n"), "b.log", "--format", "json");
  expect(plain.code).toBe(1);
  expect(summary(plain)).toEqual(groups);
  expect(JSON.parse(plain.stdout)).toMatchObject({
    verdict: "differs",
    requests: 9,
    differences: 5,
    totals: { old: { allow: 7, deny: 1, limit: 1 }, new: { allow: 7, deny: 2, limit: 0 } },
    unreadable: { count: 0, examples: [] },
  });
  expect(summary(await replayed(gzipSync(lines.join("\n")), "b.log.gz", "--format", "json"))).toEqual(groups);
  const own =
    '{"t":"%START_TIME%","p":"%REQ(:PATH)%","m":"%REQ(:METHOD)%","u":"%REQ(X-USER)%","b":"%REQ(X-BETA)%"}';
  const named = logged.map(({ path: p, user: u, beta: b, second = 0 }) =>
    JSON.stringify({ t: Date.UTC(2026, 0, 1, 0, 0, second), m: "GET", p, u, b }),
  );
  const text = logged.map(
    ({ path: p, user, beta = "-", second = 0 }) =>
      `${Date.UTC(2026, 0, 1, 0, 0, second)} "GET ${p}" ${user ?? "-"} ${beta}`,
  );
  const format = '%START_TIME(%s%3f)% "%REQ(:METHOD)% %REQ(:PATH)%" %REQ(X-USER)% %REQ(X-BETA)%';
  for (const [content, written] of [
    [named.join("\n"), own],
    [text.join("\r\n"), format],
  ] as const)
    expect(summary(await replayed(content, "c.log", "--log-format", written, "--format", "json"))).toEqual(
      groups,
    );
});

test("a HAR file, and one that ends in the middle", async () => {
  const entries = logged.map(({ path: p, user = "", beta, second = 0 }) => ({
    startedDateTime: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
    request: {
      ...{ method: "GET", url: `https://a.test${p}` },
      headers: [
        { name: "X-User", value: user },
        ...(beta === undefined ? [] : [{ name: "X-Beta", value: beta }]),
      ],
    },
    response: { content: { text: '}{"' } },
  }));
  const text = JSON.stringify({ log: { version: "1.2", entries } }, null, 2);
  expect(summary(await replayed(text, "a.har", "--format", "json"))).toEqual(groups);
  const cut = await replayed(text.slice(0, text.lastIndexOf("/x")), "b.har", "--format", "json");
  expect(cut.code).toBe(2);
  expect(JSON.parse(cut.stdout)).toMatchObject({
    verdict: "partial",
    partial: "the HAR file ends in the middle",
  });
  expect(cut.stderr).toContain("not all of b.har was replayed: the HAR file ends in the middle");
});

test("nothing different; what the log lacks is said once", async () => {
  const { code, stdout } = await replayed("GET / 200 - 1ms\nGET /x 200 - 1ms\n", "d.log");
  expect(code).toBe(0);
  expect(stdout).toBe(`2 requests: none is decided differently

         old  new
  allow    2    2

note: the log never has the headers \`x-beta\`, \`x-user\`: what policies ask of that was decided without it
note: the log has no times: all requests come at one moment, and what limits gave out never comes back
note: limits begin with nothing counted
`);
});

test("a packed file that ends in the middle is shown as the part that it is", async () => {
  const many = Array.from({ length: 20_000 }, (_, i) =>
    json({ path: `/public/${i}-${i * 7919}`, user: `u${i}` }),
  );
  const packed = gzipSync(many.join("\n"));
  const { code, stdout, stderr } = await replayed(packed.subarray(0, packed.length >> 1), "cut.log.gz");
  expect(code).toBe(2);
  expect(stdout).toMatch(/^partial: the packed file ends in the middle; this is what was found until then\n/);
  expect(stdout).toMatch(/\n[\d,]+ requests: [\d,]+ decided differently/);
  expect(stderr).toContain("not all of cut.log.gz was replayed");
});

test("interrupted, it shows what it has, as a part", async () => {
  const script = path.join(repository, "compiler/bin/tollgate.js");
  const child = spawn(process.execPath, [script, "replay", "old", "new", "--log", "-"], { cwd: folder.path });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  try {
    // More than a pipe and its reader hold: when the last of it is taken, the first is being replayed.
    const line = `${json({ path: "/public/a", user: "a" })}\n`;
    for (let i = 0; i < 8; i++)
      await new Promise<void>((resolve) => child.stdin.write(line.repeat(3000), () => resolve()));
    child.kill("SIGINT");
    expect(await ended).toBe(2);
    expect(stdout).toMatch(/^partial: interrupted; this is what was found until then\n/);
    expect(stderr).toContain("not all of standard input was replayed: interrupted");
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
});

test.each([
  [["--log", "nowhere.log"], "`nowhere.log` is not there"],
  [["--log", "old"], "`old` is a folder"],
  [["--log", "odd.log"], "in no format that is known"],
  [["--log", "empty.log"], "empty.log has no request"],
  [
    ["--log", "odd.log", "--log-format", "%REQ(:METHOD)%|%REQ(:PATH)%"],
    "in line 1 it is not in the log's format",
  ],
  [["--log", "odd.log", "--log-format", "%REQ(:METHOD)%"], "does not have the method and the path"],
  [["--log", "odd.log.gz"], "is not packed by gzip"],
  [["--log", "empty.log", "--workload", "x"], "this bundle names no workloads"],
  [[], "required option '--log <file>' not specified"],
])("%j cannot be replayed", async (args, message) => {
  await writeFile(path.join(folder.path, "odd.log"), "something else\n");
  await writeFile(path.join(folder.path, "odd.log.gz"), "something else\n");
  await writeFile(path.join(folder.path, "empty.log"), "");
  const { code, stdout, stderr } = await tollgate(["replay", "old", "new", ...args], { cwd: folder.path });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(message);
});

test("a version that does not compile", async () => {
  await writeFile(path.join(folder.path, "e.log"), lines.join("\n"));
  await writeFile(path.join(folder.path, "faulty.yaml"), "kind: AuthorizationPolicy\n");
  const { code, stdout, stderr } = await tollgate(["replay", "old", "faulty.yaml", "--log", "e.log"], {
    cwd: folder.path,
  });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("`faulty.yaml` does not compile");
});
