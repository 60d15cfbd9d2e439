// The README is what a newcomer does first: its policies are in order, its commands do what stands beside them.
import { cp, readFile, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { advised } from "../compiler/advice/advise.ts";
import { check, readBundleFiles, renderDiagnostic } from "../compiler/index.ts";
import { shellWords } from "../compiler/requests/shell-words.ts";
import { repository, Running, temporaryFolder, tollgate } from "../compiler/testing/command.ts";
import { checkPolicies } from "../compiler/testing/findings.ts";
import { envoyForTests } from "../envoy/testing.ts";
import { curl } from "./guide/testing/curl.ts";
import { fencedBlocks } from "./guide/testing/guide.ts";

const page = await readFile(new URL("../README.md", import.meta.url), "utf8");
// A finding may stand between bare fences.
const blocks = fencedBlocks(page).map((block) => ({ ...block, info: block.info || "text" }));
const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

test("holds policies, commands and findings, and nothing else", () => {
  expect([...new Set(blocks.map(({ info }) => info))].sort()).toEqual(["sh", "text", "yaml"]);
});

describe("the policies", () => {
  const policies = blocks.filter(({ info, text }) => info === "yaml" && !text.includes("kind: PolicyTest"));
  test.each(policies)("of line $line are in order", ({ text }) => {
    expect(
      advised(checkPolicies(text.includes("kind: Bundle") ? withRoute(text) : `${text}---\n${backends}`))
        .diagnostics,
    ).toEqual([]);
  });
});

/** What the README's routes name. */
const backends = `apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: shop }
spec:
  backends:
    shop/web:8080: http://127.0.0.1:3001
    shop/orders:8080: http://127.0.0.1:3002
    shop/orders-v2:8080: http://127.0.0.1:3003
`;

/** What uses what the README's bundle declares, in both of its workloads. */
function withRoute(bundle: string): string {
  return `${bundle}---
apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: calls, namespace: shop }
spec: { limits: { all: { rates: [{ limit: 60, window: 1m, burst: "\${burst}" }], scope: worker } } }
`;
}

test("the test of policies passes beside the example's", async () => {
  const folder = await temporaryFolder();
  closing.push(folder.remove);
  await cp(path.join(repository, "examples/shop"), folder.path, { recursive: true });
  const [written] = blocks.filter(({ text }) => text.includes("kind: PolicyTest"));
  await writeFile(path.join(folder.path, "tests.yaml"), written?.text ?? "");
  const { code, stdout } = await tollgate(["test", folder.path]);
  expect([code, stdout]).toEqual([0, expect.stringContaining("2 passed")]);
});

test("the finding is the one of the slip that it tells of", async () => {
  const shown = blocks
    .filter(({ info, text }) => info === "text" && !text.startsWith("# yaml-language-server:"))
    .map(({ text }) => text.trimEnd());
  const { files, defaultName } = await readBundleFiles([path.join(repository, "examples/shop")]);
  const slipped = files.map((file) => ({
    ...file,
    shown: `examples/shop/${file.path}`,
    text: file.text.replace(/methods(?=: \["GET", "HEAD"\])/, "method"),
  }));
  const { diagnostics } = advised(check({ files: slipped, defaultName }));
  expect(shown).toEqual(diagnostics.map((diagnostic) => renderDiagnostic(diagnostic)));
});

/** What becomes of each command: it is run here, or by the test that is named. */
const elsewhere: readonly (readonly [command: RegExp, by: string])[] = [
  [/^npm ci$/, "what runs this test did it"],
  [/^npm run demo(:envoy)?$/, "runtime-tests/demo.test.ts"],
  [/^npm test$/, "this is a part of it"],
  [/^npm run pack$/, "docs/guide/first-filter.test.ts"],
  [/^npx tollgate (diff|replay) /, "docs/guide/policy-author.test.ts, in a repository of its own"],
  [/^npx tollgate new filter doorman /, "docs/guide/first-filter.test.ts"],
  [/^(cd \.\.\/doorman|npm install|npm run envoy)$/, "docs/guide/first-filter.test.ts"],
];

describe("the commands", () => {
  const lines = blocks
    .filter(({ info }) => info === "sh")
    .flatMap(({ text, line }) =>
      text
        .trimEnd()
        .split("\n")
        .map((written, i) => ({ written, line: line + 1 + i })),
    )
    .filter(({ written }) => !written.startsWith("#"));
  const told = /^(.*?)\s+# .*?\b([1-5]\d\d)\b/;
  test.each(lines)("line $line: $written", async ({ written }) => {
    const [, command = ""] = /^(.*?)(?:\s+#\s.*|\s*&)?$/.exec(written) ?? [];
    const parts = command.startsWith("node ") ? [command] : command.split(" && ");
    for (const part of parts) {
      if (elsewhere.some(([pattern]) => pattern.test(part))) continue;
      const status = told.exec(written)?.[2];
      await type(part, status === undefined ? 200 : Number(status));
    }
  });
});

/** Where the README's ports are here; without an Envoy there is none at its port. */
const ports = new Map<string, number | undefined>();

async function type(command: string, status: number): Promise<void> {
  if (command.startsWith("node -e ")) return serve(/"([^"]*)\\n"/.exec(command)?.[1] ?? "");
  const args = /^npx tollgate (.*)$/.exec(here(command))?.[1]?.split(" ");
  if (["test", "explain", "graph"].includes(args?.[0] ?? "")) return once(shellWords(command).slice(2));
  if (args?.[0] === "run") return lasting([...args, "--port", "0"], "8080");
  if (args?.[0] === "envoy" && args[1] === "run") {
    const envoy = await envoyForTests();
    ports.set("10000", undefined);
    if (envoy === undefined) return;
    return lasting([...args, "--port", "0", "--admin-port", "0"], "10000", {
      ...process.env,
      ENVOY_PATH: envoy,
    });
  }
  if (!command.startsWith("curl ")) throw new Error(`nobody runs \`${command}\``);
  const [, port = ""] = /127\.0\.0\.1:(\d+)/.exec(command) ?? [];
  if (ports.has(port) && ports.get(port) === undefined) return;
  expect(await curl(here(command).replace("curl ", "curl -i "))).toMatch(
    new RegExp(`^HTTP/1\\.1 ${status} `),
  );
}

function here(command: string): string {
  return command.replace(/(?<=127\.0\.0\.1:)\d+/g, (port) => String(ports.get(port) ?? port));
}

async function serve(answer: string): Promise<void> {
  const server = http.createServer((_, response) => response.end(`${answer}\n`)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  ports.set("3000", (server.address() as AddressInfo).port);
}

/** In a folder of its own: pictures are drawn there. */
async function once(args: readonly string[]): Promise<void> {
  const folder = await temporaryFolder();
  closing.push(folder.remove);
  const inRepository = args.map((arg) => (arg.startsWith("examples/") ? path.join(repository, arg) : arg));
  const { code, stderr } = await tollgate(inRepository, { cwd: folder.path });
  expect([code, stderr]).toEqual([0, expect.not.stringContaining("error")]);
}

async function lasting(args: readonly string[], port: string, env = process.env): Promise<void> {
  const running = new Running(args, { env });
  closing.unshift(() => running.stop());
  const [, found] = await running.until("stdout", /listen(?:s|ing) on http:\/\/127\.0\.0\.1:(\d+)/);
  ports.set(port, Number(found));
}
