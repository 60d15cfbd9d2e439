// A filter in the host beside the interpreter, on a clock that stands still: each request is decided by both, and they must
// agree on what the client is answered, or on what the upstream gets.
import { expect } from "@jest/globals";
import type { PackagedFilter, Program } from "../../compiler/index.ts";
import type { KeysAt } from "../../compiler/ir/authenticate.ts";
import { changed, interpret, LimitState } from "../../compiler/ir/interpret.ts";
import {
  fakeClock,
  loadFilter,
  type FakeClock,
  type LoadOptions,
  type TestFilter,
} from "../../host/test-kit/index.ts";

/** A request as a client sends it. */
export interface Asked {
  readonly method?: string;
  readonly path?: string;
  /** Texts are byte strings. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** What became of it. */
export type Outcome =
  | { readonly status: number; readonly details: string; readonly body: string }
  | { readonly path: string; readonly headers: readonly (readonly [string, string])[] };

export interface BothWays {
  readonly filter: TestFilter;
  readonly clock: FakeClock;
  /** What both make of a request. */
  ask(asked: Asked): Promise<Outcome>;
}

export async function bothWays(
  { program, filter }: { program: Program; filter: PackagedFilter },
  now: string,
  options: { clusters?: LoadOptions["clusters"]; keysAt?: KeysAt } = {},
): Promise<BothWays> {
  const clock = fakeClock(now);
  const loaded = await loadFilter(filter.wasm, {
    clock,
    ...(options.clusters && { clusters: options.clusters }),
  });
  return {
    filter: loaded,
    clock,
    async ask(asked) {
      const { method = "GET", path = "/", headers = [] } = asked;
      const exchange = await loaded.request({
        method,
        path,
        headers: headers.map(
          ([name, value]) => [name, Buffer.from(value, "latin1").toString("utf8")] as const,
        ),
      });
      expect(exchange.hostCalls).toBeLessThanOrEqual(filter.manifest.hostCalls.total);
      const outcome: Outcome = exchange.upstream
        ? {
            path: exchange.upstream.path,
            headers: sorted(
              exchange.upstream.headers
                .entries()
                .map(([name, value]) => [name, Buffer.from(value, "utf8").toString("latin1")] as const),
            ),
          }
        : {
            status: exchange.response.status,
            details: exchange.response.details,
            body: exchange.response.body,
          };
      expect(outcome).toEqual(interpreted(program, { method, path, headers }, clock.now(), options.keysAt));
      return outcome;
    },
  };
}

function interpreted(program: Program, asked: Required<Asked>, now: bigint, keysAt?: KeysAt): Outcome {
  const headers = [
    [":authority", "localhost"],
    [":path", asked.path],
    [":method", asked.method],
    [":scheme", "http"],
    ...asked.headers.map(([name, value]) => [name.toLowerCase(), value] as const),
  ] as const;
  const decision = interpret(program, { headers }, now, new LimitState(), keysAt);
  if (decision.kind === "refuse")
    return { status: decision.status, details: decision.details, body: decision.body };
  const sent = changed(headers, decision.request);
  return { path: sent.find(([name]) => name === ":path")?.[1] ?? "", headers: sorted(sent) };
}

type Headers = readonly (readonly [string, string])[];

/** By name; of a name in order. */
function sorted(headers: Headers): Headers {
  return headers
    .filter(([name]) => !name.startsWith(":") && name !== "x-request-id")
    .map((header, i) => ({ header, i }))
    .sort((a, b) => (a.header[0] < b.header[0] ? -1 : a.header[0] > b.header[0] ? 1 : a.i - b.i))
    .map(({ header }) => header);
}
