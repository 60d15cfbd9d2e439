// W3: a token bucket for each user in shared data, which all worker threads take from. It never runs dry under load.
import { HeaderMap, SharedState } from "../../host/index.ts";
import type { LoadRequest } from "../load/load.ts";
import { exchange, requestHeaders, startVm } from "./in-host.ts";
import { otherSdks, type Workload } from "./workload.ts";

const request: LoadRequest = { authority: "bench.test", path: "/", headers: { "x-user": "user7" } };
const key = "rl:user7";
const burst = 1_000_000_000n;

export const rateLimit: Workload = {
  name: "W3 rate limit",
  about: "a token bucket for each `x-user` in shared data, written with CAS; no request is refused",
  request,
  echoes: {},
  checks: ["user7", "ann", "user7"].map((user) => ({ headers: { "x-user": user }, status: 200 })),
  untouched: [{ status: 200 }],
  faultsInHost,
  contestants: [
    {
      name: "bare",
      about: "by hand, the header asked for by its name",
      peer: "bare",
      program: "w3",
    },
    {
      name: "sdk",
      about: "our SDK",
      peer: "sdk",
      program: "w3",
      goals: [{ atMost: 1, of: "rust" }],
    },
    ...otherSdks("w3"),
  ],
};

/** What is stored tells whether tokens are counted, refilled and refused as they must be. */
function faultsInHost(wasm: Uint8Array): string[] {
  const shared = new SharedState();
  let time = 1_700_000_000_000_000_000n;
  const vm = startVm(wasm, { shared, clock: () => time });
  const data = shared.dataOf("");
  const send = (): string => exchange(vm, requestHeaders(request)).result.kind;
  const faults: string[] = [];
  const expect = (what: string, decision: string, filled: bigint, tokens: bigint): void => {
    const got = `${send()} ${bucket(data.get(key)?.value)}`;
    const want = `${decision} ${filled} ${tokens}`;
    if (got !== want) faults.push(`${what}: ${got} instead of ${want}`);
  };
  const start = time;
  expect("the first request", "continue", start, burst - 1n);
  expect("another at the same time", "continue", start, burst - 2n);
  time += 500n;
  expect("another before the next token is due", "continue", start, burst - 3n);
  time += 1_500n;
  expect("another two tokens later", "continue", time, burst - 2n);
  time += 1_000_000_000n;
  expect("another after a long time", "continue", time, burst - 1n);
  shared.write(data, key, encode(time, 0n), 0);
  expect("one that finds no token", "local-response", time, 0n);
  shared.write(data, key, new Uint8Array(3), 0);
  expect("one that finds something else", "continue", time, burst - 1n);
  const anonymous = exchange(vm, new HeaderMap([[":path", "/"]]));
  if (anonymous.result.kind !== "continue" || !data.has("rl:"))
    faults.push("one without a user is not counted");
  return faults;
}

function bucket(value: Uint8Array | undefined): string {
  if (value?.length !== 16) return "no bucket";
  const view = new DataView(value.buffer, value.byteOffset);
  return `${view.getBigUint64(0, true)} ${view.getBigUint64(8, true)}`;
}

function encode(filled: bigint, tokens: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setBigUint64(0, filled, true);
  view.setBigUint64(8, tokens, true);
  return new Uint8Array(view.buffer);
}
