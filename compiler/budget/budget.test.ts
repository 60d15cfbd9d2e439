// A bundle that costs more than its budget: an error where the budget stands, with what costs most.
import { afterAll, describe, expect, test } from "@jest/globals";
import { Assembler, compile } from "../index.ts";
import { checkPolicies } from "../testing/findings.ts";

const assembler = new Assembler();
afterAll(() => assembler.close());

const bundle = (budget: string): string => `apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: shop }
spec:
  workloads: [{ name: web, labels: { app: web } }, { name: jobs }]
  budget: ${budget}
---
`;

const policies = `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: reads }
spec: { rules: [{ to: [{ operation: { methods: ["GET"] } }] }] }
---
apiVersion: tollgate.dev/v1alpha1
kind: HeaderRoutePolicy
metadata: { name: marks }
spec:
  selector: { matchLabels: { app: web } }
  rules: [{ request: { set: [{ name: x-a, value: "1" }, { name: x-b, value: "1" }] }, response: { set: [{ name: x-c, value: "1" }] } }]
---
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: fair }
spec:
  selector: { matchLabels: { app: web } }
  headers: Off
  limits: { all: { rates: [{ limit: 1, window: 1s }], scope: worker } }
`;

describe("host calls", () => {
  test("of one workload are too many, and its policies are named by what they add", () => {
    const [web, jobs] = checkPolicies(bundle("{ hostCalls: 1000 }") + policies).targets.map(
      ({ plan }) => plan.price.total,
    );
    const { targets, diagnostics } = checkPolicies(bundle("{ hostCalls: 2 }") + policies);
    expect(jobs).toBeLessThanOrEqual(2);
    expect(targets).toEqual([]);
    expect(diagnostics).toMatchObject([
      {
        severity: "error",
        code: "TG4003",
        message: `a request through \`shop.web\` may make ${web} host calls, ${(web ?? 0) - 2} more than the budget`,
        span: { start: bundle("{ hostCalls: 2 }").indexOf("2 }") },
      },
    ]);
    const help = diagnostics[0]?.help ?? "";
    expect(help).toMatch(/^they are `proxy_replace_header_map_value` × 2, /);
    expect(help).toContain("`proxy_replace_header_map_value` × 1 for the response");
    expect(help).toContain("are for `HeaderRoutePolicy default/marks` alone");
    expect(help).toContain("1 is for `RateLimitPolicy default/fair` alone");
    expect(help).toContain("1 is for `AuthorizationPolicy default/reads` alone");
  });

  test("within the budget nothing is said", () => {
    expect(checkPolicies(bundle("{ hostCalls: 1000, wasmBytes: 1 }") + policies).diagnostics).toEqual([]);
  });
});

test("bytes are counted when the filter is built, and the sections that have most of them named", async () => {
  const text = bundle("{ wasmBytes: 100 }") + policies;
  const files = [{ path: "p.yaml", shown: "p.yaml", text }];
  const { filters, targets, diagnostics } = await compile({ files, defaultName: "shop" }, assembler, {
    choose: (all) => all.slice(0, 1),
  });
  expect(targets).toHaveLength(2);
  expect(filters).toEqual([]);
  expect(diagnostics).toMatchObject([
    { severity: "error", code: "TG4003", span: { start: text.indexOf("100 }") } },
  ]);
  expect(diagnostics[0]?.message).toMatch(/^`shop\.web\.wasm` has (\d+) bytes, \d+ more than the budget$/);
  expect(diagnostics[0]?.help).toMatch(
    /^most of them are code \(\d+\), .*notes such as the manifest \(\d+\)/,
  );
  const sum = [...(diagnostics[0]?.help ?? "").matchAll(/\((\d+)\)/g)].reduce((a, [, n]) => a + Number(n), 0);
  const [, bytes] = /has (\d+) bytes/.exec(diagnostics[0]?.message ?? "") ?? [];
  expect(sum).toBeLessThanOrEqual(Number(bytes));
  expect(sum).toBeGreaterThan(Number(bytes) * 0.8);
});
