// What each policy may say but all together may not; and headers with names that look like the compiler's own.
import { afterAll, describe, expect, test } from "@jest/globals";
import { Assembler, check, compile, type BundleFiles } from "../index.ts";

const assembler = new Assembler();
afterAll(() => assembler.close());

function bundle(text: string): BundleFiles {
  return { files: [{ path: "policy.yaml", shown: "policy.yaml", text }], defaultName: "test" };
}

const limits = (count: number): string => `apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: many }
spec:
  limits:
${Array.from(
  { length: count },
  (_, i) =>
    `    limit-${i}: { key: [{ header: x }], rates: [{ limit: 1, window: 1s }], scope: worker, maxKeys: 1000000 }`,
).join("\n")}
`;

const routes = (count: number): string =>
  Array.from(
    { length: count },
    (_, i) => `apiVersion: tollgate.dev/v1alpha1
kind: HeaderRoutePolicy
metadata: { name: route-${i} }
spec: { rules: [{ response: { set: [{ name: x-a, value: "${i}" }] } }] }
`,
  ).join("---\n");

describe("all policies together", () => {
  test("may not ask for more buckets than a worker has memory for", () => {
    expect(check(bundle(limits(21))).diagnostics).toEqual([]);
    const { targets, diagnostics } = check(bundle(limits(22)));
    expect(targets).toEqual([]);
    expect(diagnostics).toMatchObject([
      {
        code: "TG3006",
        message: expect.stringContaining("512 MiB"),
        help: expect.stringContaining("maxKeys"),
      },
    ]);
  });

  test("may not change responses in more ways than can be remembered", () => {
    expect(check(bundle(routes(64))).diagnostics).toEqual([]);
    expect(check(bundle(routes(65))).diagnostics).toMatchObject([
      { code: "TG3006", message: "too many routing policies change responses in one bundle" },
    ]);
  });
});

test("headers may have any name: the emitted names never collide", async () => {
  const headers = [
    "slots",
    "buckets-0",
    "t-x",
    "123",
    "response",
    "limit",
    "h-a",
    "a",
    "A~",
    "a!",
    "why-none",
  ];
  const text = `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: names }
spec:
  rules:
    - when:
${headers.map((name) => `        - { key: "request.headers[${name}]", values: ["x", "a*"] }`).join("\n")}
---
${limits(1)}---
${routes(1)}`;
  const { filters, diagnostics } = await compile(bundle(text), assembler);
  expect(diagnostics).toEqual([]);
  expect(filters[0]?.manifest.headers).toEqual(
    expect.arrayContaining(headers.map((name) => name.toLowerCase())),
  );
});
