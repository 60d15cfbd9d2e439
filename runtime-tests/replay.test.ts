// Random versions of policies, random requests in a log: what replay says is what the interpreter, the truth of policies, does
// with each request. And a log that a real Envoy wrote.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { stringify } from "yaml";
import { tollgate } from "../compiler/testing/command.ts";
import { decisionWord, interpreterEngine, standalone, type Outcome } from "../compiler/engines/index.ts";
import { compiledAs } from "../compiler/engines/compiled.ts";
import { Assembler, check, type Target } from "../compiler/index.ts";
import type { Request } from "../compiler/ir/interpret.ts";
import { lineBatches } from "../compiler/replay/batches.ts";
import { Comparison, type Sides } from "../compiler/replay/comparison.ts";
import type { LogFormat } from "../compiler/replay/log-format.ts";
import { replay } from "../compiler/replay/replay.ts";
import { InterpretedEngine } from "../compiler/replay/interpreted-engine.ts";
import { FilterEngine } from "../compiler/replay/version-engine.ts";
import { ownSide, type Taker } from "../compiler/replay/side-thread.ts";
import { bootstrap, startEnvoy } from "../envoy/index.ts";
import { envoyForTests } from "../envoy/testing.ts";
import { startEchoUpstream } from "./support/echo-upstream.ts";
import { bundles, requests } from "./support/arbitraries.ts";
import { compilePaths } from "./support/compile.ts";
import { send } from "./support/http-client.ts";

const runs = Number(process.env["AGREEMENT_RUNS"] ?? 3);
const seed = Number(process.env["AGREEMENT_SEED"] ?? 20261);

const assembler = new Assembler();
afterAll(() => assembler.close());

const START = 1_700_000_000_000n;
const format: LogFormat = { kind: "json" };

test("replay says what the interpreter does", async () => {
  let met = 0;
  await fc.assert(
    fc.asyncProperty(
      bundles,
      bundles,
      fc.array(requests, { minLength: 80, maxLength: 80, size: "max" }),
      async (before, after, asked) => {
        const targets = { old: targetOf(before), new: targetOf(after) };
        const log = logOf(asked);
        const comparison = await compare(targets, log.text, {
          old: await sideOf(targets.old),
          new: await sideOf(targets.new),
        });
        const interpreted = await compare(targets, log.text, {
          old: ownSide(new InterpretedEngine(targets.old.program), { pathNormalization: "BASE", format }),
          new: ownSide(new InterpretedEngine(targets.new.program), { pathNormalization: "BASE", format }),
        });
        expect(interpreted.groups).toEqual(comparison.groups);
        expect(interpreted.totals).toEqual(comparison.totals);
        const engines = {
          old: interpreterEngine(targets.old.program),
          new: interpreterEngine(targets.new.program),
        };
        const totals = { old: new Map<string, number>(), new: new Map<string, number>() };
        const different: number[] = [];
        for (const [i, { request, at }] of log.requests.entries()) {
          const [was, is] = (["old", "new"] as const).map((side) => {
            const outcome = engines[side].decide(request, at);
            const word = decisionWord(outcome);
            totals[side].set(word, (totals[side].get(word) ?? 0) + 1);
            return compared(outcome);
          });
          if (was !== is) different.push(i + 1);
        }
        met += different.length;
        expect(comparison.requests).toBe(log.requests.length);
        for (const side of ["old", "new"] as const) {
          const found = Object.entries(comparison.totals[side]).filter(([, n]) => n > 0);
          expect(new Map(found)).toEqual(totals[side]);
        }
        expect(comparison.differences).toBe(different.length);
        expect(comparison.groups.reduce((sum, { count }) => sum + count, 0)).toBe(different.length);
        for (const { examples } of comparison.groups)
          for (const { line } of examples) expect(different).toContain(line);
      },
    ),
    { numRuns: runs, seed },
  );
  expect(met).toBeGreaterThan(0);
}, 3_600_000);

async function compare(targets: Sides<Target>, text: string, sides: Sides<Taker>): Promise<Comparison> {
  const comparison = new Comparison(targets, format);
  await replay(lineBatches(pieces(text)), sides, comparison);
  await Promise.all([sides.old.close(), sides.new.close()]);
  return comparison;
}

/** What is compared, in words: of two answers the rule is no matter. */
function compared(outcome: Outcome): string {
  if (outcome.kind === "forward") {
    const { cluster, router = [], request } = outcome;
    return JSON.stringify([cluster, router, request]);
  }
  const { status, body, headers } = outcome;
  return JSON.stringify([decisionWord(outcome), status, body, headers.find(([name]) => name === "location")]);
}

function targetOf(documents: readonly object[]): Target {
  const text = documents.map((document) => stringify(document)).join("---\n");
  const { targets } = check({ files: [{ path: "p.yaml", shown: "p.yaml", text }], defaultName: "p" });
  const [target] = targets;
  if (!target) throw new Error("these policies do not compile");
  return { ...target, program: standalone(target.program) };
}

async function sideOf(target: Target): Promise<Taker> {
  const filter = await compiledAs(target, target.program, assembler);
  if (!filter) throw new Error("this does not assemble");
  return ownSide(new FilterEngine(filter.wasm), { pathNormalization: target.pathNormalization, format });
}

/** Requests as a log has them, and as they read again. */
function logOf(asked: readonly Request[]): { text: string; requests: { request: Request; at: bigint }[] } {
  const lines: string[] = [];
  const kept: { request: Request; at: bigint }[] = [];
  let now = START;
  for (const [i, { headers, peer }] of asked.entries()) {
    now += BigInt((i * 37) % 500);
    const one = (name: string): string | undefined => headers.find(([n]) => n === name)?.[1];
    const fields = headers.filter(([name, value]) => !name.startsWith(":") && value !== "");
    const [method, whole, authority] = [one(":method"), one(":path"), one(":authority")];
    if (method === undefined || whole === undefined || authority === undefined || !isUtf8(headers)) continue;
    const request_headers: Record<string, string[]> = {};
    for (const [name, value] of fields) (request_headers[name] ??= []).push(utf8(value));
    lines.push(
      JSON.stringify({
        ...{
          start_time: new Date(Number(now)).toISOString(),
          method,
          path: utf8(whole),
          authority: utf8(authority),
        },
        ...(peer !== undefined && {
          downstream_direct_remote_address: peer.includes(":") ? `[${peer}]:9` : `${peer}:9`,
        }),
        request_headers,
      }),
    );
    const grouped = Object.entries(request_headers).flatMap(([name, values]) =>
      values.map((value) => [name, Buffer.from(value).toString("latin1")] as const),
    );
    kept.push({
      at: now * 1_000_000n,
      request: {
        headers: [
          [":method", method],
          [":path", whole],
          [":scheme", "http"],
          [":authority", authority],
          ...grouped,
        ],
        ...(peer !== undefined && { peer, client: peer }),
      },
    });
  }
  return { text: `${lines.join("\n")}\n`, requests: kept };
}

function utf8(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

function isUtf8(headers: Request["headers"]): boolean {
  return headers.every(([, value]) => Buffer.from(utf8(value)).toString("latin1") === value);
}

async function* pieces(text: string): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 5000) yield await Promise.resolve(bytes.subarray(at, at + 5000));
}

/** As in Istio's mesh configuration, and what policies of the shop ask for besides. */
const JSON_FORMAT = {
  ...{ start_time: "%START_TIME%", method: "%REQ(:METHOD)%", path: "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%" },
  ...{ authority: "%REQ(:AUTHORITY)%", response_code: "%RESPONSE_CODE%", request_id: "%REQ(X-REQUEST-ID)%" },
  ...{
    response_code_details: "%RESPONSE_CODE_DETAILS%",
    user_agent: "%REQ(USER-AGENT)%",
    "x-user": "%REQ(X-USER)%",
  },
  ...{ downstream_remote_address: "%DOWNSTREAM_REMOTE_ADDRESS%", cookie: "%REQ(COOKIE)%" },
};

test("a log that a real Envoy wrote: replayed, each request is decided as it was", async () => {
  const envoyPath = await envoyForTests();
  if (envoyPath === undefined) return;
  const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-replay-"));
  const upstream = await startEchoUpstream();
  try {
    const { filter } = await compilePaths(["examples/shop"], assembler);
    const wasmPath = path.join(directory, "shop.wasm");
    await writeFile(wasmPath, filter.wasm);
    const file = path.join(directory, "access.log");
    const plugin = { wasmPath, name: "tollgate.shop", vmId: "shop" };
    const listener = {
      name: "shop",
      port: 0,
      upstream: upstream.url,
      filters: [plugin],
      accessLog: { file },
    };
    const config = JSON.parse(JSON.stringify(bootstrap({ listeners: [listener] })), (name, value: unknown) =>
      name === "log_format" ? { json_format: JSON_FORMAT } : value,
    ) as ReturnType<typeof bootstrap>;
    const envoy = await startEnvoy({ envoy: envoyPath, directory, bootstrap: config, concurrency: 1 });
    const statuses: number[] = [];
    try {
      const port = envoy.ports.get("shop") ?? 0;
      for (const [method, target, user] of [
        ...Array.from({ length: 25 }, () => ["GET", "/", "joe"] as const),
        ["GET", "/a.bak", "kim"],
        ["POST", "/", "kim"],
        ["GET", "/.git/%63onfig", "kim"],
        ["HEAD", "/x?y=z", "kim"],
      ] as const) {
        const headers = [
          ["host", "shop.test"],
          ["x-user", user],
        ] as const;
        statuses.push((await send(port, { method, path: target, headers })).status);
      }
    } finally {
      await envoy.stop();
    }
    const logged = (await readFile(file, "utf8")).trim().split("\n");
    expect(logged.map((line) => (JSON.parse(line) as { response_code: number }).response_code)).toEqual(
      statuses,
    );
    const args = ["replay", "examples/shop", "examples/shop", "--log", file, "--format", "json"];
    const { code, stdout, stderr } = await tollgate(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const count = (status: number): number => statuses.filter((one) => one === status).length;
    const { totals } = JSON.parse(stdout) as { totals: { new: Record<string, number> } };
    expect(totals.new).toMatchObject({ allow: count(200), deny: count(403), limit: count(429) });
    expect(count(429)).toBeGreaterThan(0);
  } finally {
    await upstream.close();
    await rm(directory, { recursive: true, force: true });
  }
}, 60_000);
