// The JSON Schema and the checker agree: on random documents with and without faults, and on every file of this repository.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { stringify } from "yaml";
import { repository } from "../testing/command.ts";
import { findings } from "../testing/findings.ts";
import { documentJson, documentKinds } from "./documents.ts";
import { disagreement, schemaTakes } from "./testing/agreement.ts";
import { Generator, validator } from "./testing/random.ts";

const ajv = validator();
const compiled: ConstructorParameters<typeof Generator>[2] = new WeakMap();

describe("random documents", () => {
  test.each(documentKinds)("$kind", (kind) => {
    const schema = documentJson(kind);
    let taken = 0;
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const generator = new Generator(seed, ajv, compiled);
        const good = generator.value(schema);
        const document = generator.chance(0.5) ? generator.fault(good) : good;
        const text = stringify(document, {
          lineWidth: 0,
          ...(generator.chance(0.5) && { collectionStyle: "flow" }),
        });
        if (generator.holds(schema, good)) taken++;
        const found = disagreement(text);
        if (found !== undefined) throw new Error(`${found}\n${text}`);
      }),
      { numRuns: 120 },
    );
    // Else the documents would say little about what is taken.
    expect(taken).toBeGreaterThan(60);
  });
});

describe("files", () => {
  const ours = promisify(execFile)("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: repository,
    maxBuffer: 1e8,
  }).then(({ stdout }) => stdout.split("\n"));

  test("every YAML file and every YAML in the docs", async () => {
    let documents = 0;
    for (const file of (await ours).filter((name) => /\.(ya?ml|md)$/.test(name))) {
      const text = await readFile(path.join(repository, file), "utf8").catch(() => "");
      const blocks = file.endsWith(".md")
        ? [...text.matchAll(/```ya?ml\n([^]*?)```/g)].map(([, block = ""]) => block)
        : [text];
      for (const block of blocks.filter((one) => /^(apiVersion|kind):/m.test(one))) {
        documents++;
        const found = disagreement(block);
        if (found !== undefined) throw new Error(`${file}: ${found}`);
      }
    }
    expect(documents).toBeGreaterThan(100);
  });

  test("the examples, as whole files", async () => {
    for (const file of (await ours).filter((name) => /^examples\/(shop|storefront)\/.*\.yaml$/.test(name)))
      expect([file, schemaTakes(await readFile(path.join(repository, file), "utf8"))]).toEqual([file, true]);
  });
});

const policy = (spec: string): string =>
  `apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: a }\nspec: ${spec}\n`;
const faulty = (text: string): boolean => findings(text).some((finding) => finding.startsWith("error"));

describe("what YAML makes of what is written", () => {
  test.each([
    ["a number for a text", policy("{ rules: [{ to: [{ operation: { ports: [8080] } }] }] }"), false],
    ["the same in quotes", policy('{ rules: [{ to: [{ operation: { ports: ["8080"] } }] }] }'), true],
    ["true for a text", policy("{ rules: [{ to: [{ operation: { paths: [true] } }] }] }"), false],
    ["yes, which is a text", policy("{ rules: [{ to: [{ operation: { paths: [yes] } }] }] }"), true],
    ["nothing for a list", policy("{ rules: }"), false],
    ["an alias of a value", policy("{ rules: [&r { to: [{ operation: { paths: &p [/a] } }] }, *r] }"), true],
    ["an alias of a fault", policy("{ rules: [&r { to: [{ operation: { path: [/a] } }] }, *r] }"), false],
    ["a merge key", policy("{ <<: { action: DENY }, rules: [{}] }"), false],
    [
      "a merge key among labels",
      policy("{ selector: { matchLabels: { <<: { app: a } } }, rules: [{}] }"),
      false,
    ],
    ["no spec, where all is optional", policy("{}").replace(/spec.*\n/, ""), true],
    [
      "a parameter where none can stand",
      policy('{ rules: [{ to: [{ operation: { paths: ["${a}"] } }] }] }'),
      false,
    ],
    [
      "a parameter as a part of a text",
      policy('{ rules: [{ to: [{ operation: { hosts: ["${a}.test"] } }] }] }'),
      true,
    ],
  ])("%s", (_, text, taken) => {
    expect({ schema: schemaTakes(text), checker: !faulty(text) }).toEqual({ schema: taken, checker: taken });
  });

  test("a key that YAML reads as a number: JSON has no such keys, so that only the checker can tell", () => {
    const text = policy("{ selector: { matchLabels: { 1: a } }, rules: [{}] }");
    expect({ schema: schemaTakes(text), checker: !faulty(text) }).toEqual({ schema: true, checker: false });
  });
});

describe("what stands around policies", () => {
  const document = (apiVersion: string, kind: string): string =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: a }\n`;
  const good = policy("{ rules: [{}] }");
  test.each([
    ["a kind of other tools", document("apps/v1", "Deployment"), true],
    ["a kind of theirs with our name", document("policy.example.com/v1", "AuthorizationPolicy"), true],
    ["one of Kubernetes", document("v1", "ConfigMap"), true],
    [
      "a Service",
      `${document("v1", "Service")}spec: { ports: [{ port: 80 }], selector: { app: a } }\n`,
      true,
    ],
    ["a Service that selects badly", `${document("v1", "Service")}spec: { selector: { app: [] } }\n`, false],
    ["a GatewayClass", document("gateway.networking.k8s.io/v1", "GatewayClass"), true],
    ["a kind that its group does not have", document("security.istio.io/v1", "PeerAuthorization"), false],
    [
      "a version that the kind does not have",
      document("security.istio.io/v1alpha1", "AuthorizationPolicy"),
      false,
    ],
    ["a kind that is not supported yet", document("tollgate.dev/v1alpha1", "ApiKeyPolicy"), false],
    ["a forgotten group", document("v1", "HTTPRoute"), false],
    ["no kind", "apiVersion: v1\n", false],
    ["a list", `apiVersion: v1\nkind: List\nitems:\n  - ${good.replaceAll("\n", "\n    ")}\n`, true],
    [
      "a list with a fault",
      `apiVersion: v1\nkind: List\nitems:\n  - ${good.replace("rules", "rule").replaceAll("\n", "\n    ")}\n`,
      false,
    ],
    [
      "a list of lists",
      "apiVersion: v1\nkind: List\nitems: [{ apiVersion: v1, kind: List, items: [7] }]\n",
      false,
    ],
    ["a list without items", "apiVersion: v1\nkind: List\n", false],
    ["an empty document", "---\n---\n", true],
  ])("%s", (_, text, taken) => {
    expect({
      schema: schemaTakes(text),
      checker: !faulty(`${good.replace("name: a", "name: z")}---\n${text}`),
    }).toEqual({
      schema: taken,
      checker: taken,
    });
  });
});
