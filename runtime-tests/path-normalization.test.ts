// Attackers write one path in many ways. Whatever they write, the host and a real Envoy show a filter the same path, or both
// refuse the request: for each of Istio's normalisations.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { bootstrap, startEnvoy, type PathNormalization, type RunningEnvoy } from "../envoy/index.ts";
import { envoyForTests } from "../envoy/testing.ts";
import { compile } from "../filters/runtime/testing/compile.ts";
import { FilterModule, normalizePath, startProxy, Vm, type Proxy } from "../host/index.ts";
import { sendRaw } from "./support/raw-http.ts";

const normalizations = ["NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"] as const;
const nowhere = new URL("http://127.0.0.1:1");

const proxies = new Map<PathNormalization, Proxy>();
let envoy: RunningEnvoy | undefined;
let directory: string;

beforeAll(async () => {
  const wasm = await compile("runtime-tests/assembly/path/index.ts", "filter");
  const module = FilterModule.compile(wasm);
  for (const pathNormalization of normalizations) {
    const filter = (): Vm => Vm.start(module);
    proxies.set(
      pathNormalization,
      await startProxy({ upstream: nowhere, port: 0, filter, pathNormalization }),
    );
  }
  directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-test-"));
  const envoyPath = await envoyForTests();
  if (envoyPath === undefined) return;
  const wasmPath = path.join(directory, "path.wasm");
  await writeFile(wasmPath, wasm);
  const filters = [{ wasmPath, name: "path", vmId: "path" }];
  const listeners = normalizations.map((pathNormalization) => ({
    name: pathNormalization,
    port: 0,
    upstream: nowhere,
    filters,
    pathNormalization,
  }));
  envoy = await startEnvoy({
    envoy: envoyPath,
    directory,
    bootstrap: bootstrap({ listeners }),
    concurrency: 1,
  });
});

afterAll(async () => {
  await envoy?.stop();
  for (const proxy of proxies.values()) await proxy.close();
  await rm(directory, { recursive: true, force: true });
});

/** The path that the filter was shown, or the status of a refusal. */
async function shown(port: number | undefined, target: string): Promise<string | number> {
  const { status, body } = await sendRaw(
    port ?? 0,
    `GET ${target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`,
  );
  return status === 200 ? body : status;
}

/** What each engine there is shows. */
async function everywhere(normalization: PathNormalization, target: string): Promise<(string | number)[]> {
  const ports = [proxies.get(normalization)?.port];
  if (envoy) ports.push(envoy.ports.get(normalization) ?? 0);
  return Promise.all(ports.map((port) => shown(port, target)));
}

/** What a filter is shown of attempts at `/admin`: where it stands, an attempt came through as something else. */
const attempts: readonly [
  target: string,
  ...shown: [none: string | 400, base: string | 400, merge: string | 400, decode: string | 400],
][] = [
  ["/admin", "/admin", "/admin", "/admin", "/admin"],
  ["//admin", "//admin", "//admin", "/admin", "/admin"],
  ["/public/../admin", "/public/../admin", "/admin", "/admin", "/admin"],
  ["/public/%2e%2e/admin", "/public/%2e%2e/admin", "/admin", "/admin", "/admin"],
  ["/public/.%2E/admin", "/public/.%2E/admin", "/admin", "/admin", "/admin"],
  ["/public//../../admin", "/public//../../admin", "/admin", "/admin", "/admin"],
  ["/./admin", "/./admin", "/admin", "/admin", "/admin"],
  ["/%61dmin", "/%61dmin", "/admin", "/admin", "/admin"],
  ["\\admin", 400, 400, 400, 400],
  ["/public\\..\\admin", "/public\\..\\admin", "/admin", "/admin", "/admin"],
  ["/public%2f..%2fadmin", "/public%2f..%2fadmin", "/public%2f..%2fadmin", "/public%2f..%2fadmin", "/admin"],
  ["/public%5C..%5Cadmin", "/public%5C..%5Cadmin", "/public%5C..%5Cadmin", "/public%5C..%5Cadmin", "/admin"],
  ["/%2fadmin", "/%2fadmin", "/%2fadmin", "/%2fadmin", "/admin"],
  ["/admin%2f", "/admin%2f", "/admin%2f", "/admin%2f", "/admin/"],
  ["/admin;x=y", "/admin;x=y", "/admin;x=y", "/admin;x=y", "/admin;x=y"],
  ["/public/..;/admin", "/public/..;/admin", "/admin", "/admin", "/admin"],
  ["/public;/../admin", "/public;/../admin", "/admin", "/admin", "/admin"],
  ["/admin%00", "/admin%00", 400, 400, 400],
  ["/admin%00/../x", "/admin%00/../x", 400, 400, 400],
  ["/admin#x", 400, 400, 400, 400],
  ["/x?/../admin", "/x?/../admin", "/x?/../admin", "/x?/../admin", "/x?/../admin"],
  ["/x?a=//b%2f", "/x?a=//b%2f", "/x?a=//b%2f", "/x?a=//b%2f", "/x?a=//b%2f"],
  ["/%252e%252e/admin", "/%252e%252e/admin", "/%252e%252e/admin", "/%252e%252e/admin", "/%252e%252e/admin"],
  ["/%25%32%66admin", "/%25%32%66admin", "/%252fadmin", "/%252fadmin", "/%252fadmin"],
  ["http://other//admin", "//admin", "//admin", "/admin", "/admin"],
];

describe.each(normalizations)("%s", (normalization) => {
  test.each(attempts)("%s", async (target, ...wanted) => {
    const want = wanted[normalizations.indexOf(normalization)];
    const got = await everywhere(normalization, target);
    expect(got).toEqual(got.map(() => want));
  });

  test("any other path is the same in both, and what `normalizePath` says", async () => {
    const piece = fc.constantFrom(
      ...[
        "/",
        "/",
        "//",
        ".",
        "..",
        "%2e",
        "%2E",
        "%2f",
        "%5C",
        "\\",
        "%00",
        ";",
        "?",
        "%",
        "%2",
        "%25",
        "%41",
      ],
      ...["a", "B", "~", "_", "=", "&", "|", "^", "%7e", "%zz", ":", "@", "[", "'", "*"],
    );
    const targets = fc.array(piece, { maxLength: 14 }).map((pieces) => `/${pieces.join("")}`);
    await fc.assert(
      fc.asyncProperty(targets, async (target) => {
        const want = normalizePath(target, normalization) ?? 400;
        const got = await everywhere(normalization, target);
        expect({ target, got }).toEqual({ target, got: got.map(() => want) });
      }),
      { numRuns: 100, seed: 3 },
    );
  });
});
