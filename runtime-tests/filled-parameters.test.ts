// A program with the values of its parameters filled in decides as the filter does that is given them when it is loaded.
import { afterAll, expect, test } from "@jest/globals";
import { hostEngine, interpreterEngine } from "../compiler/engines/index.ts";
import { Assembler } from "../compiler/index.ts";
import { filled } from "../compiler/ir/filled.ts";
import { compileDocuments } from "./support/compile.ts";

const assembler = new Assembler();
afterAll(() => assembler.close());

const documents = [
  {
    apiVersion: "tollgate.dev/v1alpha1",
    kind: "Bundle",
    metadata: { name: "b" },
    spec: {
      parameters: {
        rate: { type: "integer", default: 1 },
        window: { type: "duration", default: "1m" },
        status: { type: "integer", default: 429, minimum: 400, maximum: 599 },
        version: { type: "string", default: "v1" },
        share: { type: "integer", default: 0, maximum: 100 },
      },
      responses: { limited: { status: "${status}", body: "${version}" } },
    },
  },
  {
    apiVersion: "tollgate.dev/v1alpha1",
    kind: "RateLimitPolicy",
    metadata: { name: "l" },
    spec: { limits: { all: { rates: [{ limit: "${rate}", window: "${window}" }] } } },
  },
  {
    apiVersion: "tollgate.dev/v1alpha1",
    kind: "HeaderRoutePolicy",
    metadata: { name: "r" },
    spec: {
      rules: [
        {
          request: { set: [{ name: "x-version", value: "${version}" }] },
          split: {
            stickyBy: [{ header: "x-user" }],
            arms: [
              { name: "old", weight: 50, response: { set: [{ name: "x-arm", value: "old" }] } },
              { name: "new", weight: "${share}", response: { set: [{ name: "x-arm", value: "new" }] } },
            ],
          },
        },
      ],
    },
  },
];

test("filled in, or given", async () => {
  const { program, filter } = await compileDocuments(documents, assembler);
  const all: Record<string, number | string>[] = [
    {},
    { rate: 3 },
    { rate: 2, window: "1s", status: 503, version: "v2 ü" },
    { share: 100, version: "" },
    { share: 50, window: "1h30m", rate: 7 },
  ];
  for (const values of all) {
    const reference = interpreterEngine(filled(program, new Map(Object.entries(values))));
    const host = hostEngine(filter, JSON.stringify({ parameters: values }));
    let at = 1_767_225_600_000_000_000n;
    for (let i = 0; i < 40; i++) {
      at += BigInt(i % 4) * 400_000_000n;
      const request = {
        headers: [
          [":method", "GET"],
          [":path", "/"],
          [":authority", "a.test"],
          ["x-user", `u${i}`],
        ] as const,
      };
      expect({ values, i, ...host.decide(request, at) }).toEqual({
        values,
        i,
        ...reference.decide(request, at),
      });
    }
    host.close();
  }
});
