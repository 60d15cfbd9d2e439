// Lists of thousands, as generated policies have them: they compile, and every entry counts, in all three engines.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Assembler } from "../compiler/index.ts";
import { envoyForTests } from "../envoy/testing.ts";
import type { Engine } from "./engines/engine.ts";
import { envoyEngines } from "./engines/envoy.ts";
import { hostEngine } from "./engines/host.ts";
import { interpreterEngine } from "./engines/interpreter.ts";
import { compileDocuments } from "./support/compile.ts";
import { startEchoUpstream } from "./support/echo-upstream.ts";

/** More than asc could follow in one expression. */
const LENGTH = 6_000;
const items = Array.from({ length: LENGTH }, (_, i) => String(i));

const authorization = (name: string, rule: object): object => ({
  apiVersion: "security.istio.io/v1",
  kind: "AuthorizationPolicy",
  metadata: { name, namespace: "test" },
  spec: { action: "DENY", rules: [rule] },
});

const documents = [
  authorization("a-paths", { to: [{ operation: { paths: items.map((i) => `/path/${i}`) } }] }),
  authorization("b-headers", {
    to: [{ operation: { paths: ["/only"] } }],
    when: [{ key: "request.headers[x-user]", notValues: items.map((i) => `user-${i}`) }],
  }),
  {
    apiVersion: "tollgate.dev/v1alpha1",
    kind: "HeaderRoutePolicy",
    metadata: { name: "routes", namespace: "test" },
    spec: {
      rules: [
        {
          matches: items.slice(0, 100).map((i) => ({
            headers: [
              { name: "x-a", value: i },
              { name: "x-b", value: i },
            ],
          })),
          request: {
            set: items.slice(0, 70).map((i) => ({ name: `x-set-${i}`, value: i })),
          },
        },
      ],
    },
  },
];

const engines: Engine[] = [];
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  const upstream = await startEchoUpstream();
  const assembler = new Assembler();
  opened.push(upstream, assembler);
  const { program, filter } = await compileDocuments(documents, assembler);
  const host = await hostEngine(filter, upstream.url);
  opened.push(host);
  engines.push(interpreterEngine(program), host);
  const path = await envoyForTests();
  if (path === undefined) return;
  const envoy = await envoyEngines(path, new Map([["lists", filter]]), upstream.url);
  opened.push(envoy);
  engines.push(...envoy.engines.values());
}, 300_000);

afterAll(async () => {
  for (const item of opened.reverse()) await item.close();
});

/** What all engines answer; the details where it is a refusal. */
async function answer(path: string, headers: readonly (readonly [string, string])[] = []): Promise<string> {
  const answers = new Set<string>();
  for (const engine of engines) {
    const seen = await engine.run({ method: "GET", path, headers: [["host", "test"], ...headers] });
    const routed = seen.upstream?.headers.filter(([name]) => name.startsWith("x-set-")).length;
    answers.add(routed === undefined ? (seen.details ?? "") : `passed, ${routed} set`);
  }
  expect([...answers]).toHaveLength(1);
  return [...answers][0] ?? "";
}

// The first and the last, those beside the borders of the functions that a list is divided into, and one in between.
const edges = [0, 1, 63, 64, 65, 127, 128, 4095, 4096, 4097, 5000, LENGTH - 1];

test("every entry of a list counts, and nothing else", async () => {
  for (const i of edges)
    expect(await answer(`/path/${i}`)).toBe("tollgate:authorization:test/a-paths:rules[0]");
  for (const path of [`/path/${LENGTH}`, "/path/", "/path/1/", "/path"])
    expect(await answer(path)).toBe("passed, 0 set");
});

test("the same where it says what must not be", async () => {
  for (const i of edges) expect(await answer("/only", [["x-user", `user-${i}`]])).toBe("passed, 0 set");
  for (const user of [`user-${LENGTH}`, "user-", ""])
    expect(await answer("/only", [["x-user", user]])).toBe("tollgate:authorization:test/b-headers:rules[0]");
});

test("alternatives of several conditions each, and many changes", async () => {
  for (const i of [0, 31, 32, 63, 64, 99]) {
    const both = [
      ["x-a", String(i)],
      ["x-b", String(i)],
    ] as const;
    expect(await answer("/", both)).toBe("passed, 70 set");
  }
  expect(
    await answer("/", [
      ["x-a", "5"],
      ["x-b", "6"],
    ]),
  ).toBe("passed, 0 set");
});
