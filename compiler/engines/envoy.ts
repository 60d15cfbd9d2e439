// The compiled filter in a real Envoy. What a request says of its connection is true of the connection that it comes on: the
// PROXY protocol names both ends, a certificate made for the purpose names the peer. Only the peer's address is told by a header,
// which nobody behind sees.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startEnvoy, type RunningEnvoy } from "../../envoy/index.ts";
import { certificates, type Certificates } from "../../envoy/test-certificates/certificates.ts";
import type { PackagedFilter } from "../7-package/package.ts";
import type { Request } from "../ir/interpret.ts";
import { clientAddress } from "../requests/client-address.ts";
import { PLAIN_RESPONSE, type Engine, type Headers, type Outcome } from "./engine.ts";
import { envoyBootstrap } from "./envoy/bootstrap.ts";
import { connectionFor, send, type Reply } from "./envoy/client.ts";
import { startUpstream, type Seen, type Upstream } from "./envoy/upstream.ts";
import { answer, forward, valuesOf } from "./outcome.ts";

/** Limits are forgotten by turning to another filter; where there are no more, another Envoy is started. */
const MOST_FILTERS = 32;
/** More of a body than that is of no use to anybody. */
const LONGEST_BODY = 65_536;
/** Longer than that nobody waits for one request. */
const LONGEST_WAIT_MS = 3_000;

/** Why this engine cannot send a request; undefined: it can. */
export function envoyCannot(request: Request): string | undefined {
  const { client, peer, sni, identity, headers } = request;
  const told = clientAddress(headers, client ?? peer ?? "");
  if (client !== undefined && told !== client)
    return "a real listener takes the client's address from `x-forwarded-for`";
  if (identity?.subject !== undefined && !SUBJECT.test(identity.subject))
    return "certificates for tests have subjects such as `CN=kim,O=Tollgate`";
  if (sni && !/^[a-z0-9_.-]*[a-z_-][a-z0-9_.-]*$/.test(sni)) return "no client asks for such a server name";
  if (Number(valuesOf("content-length", headers)[0] ?? 0) > LONGEST_BODY) return "its body is too large";
  return undefined;
}

const SUBJECT = /^CN=([A-Za-z0-9 _.-]+),O=Tollgate$/;

type Filter = Pick<PackagedFilter, "name" | "wasm" | "limits">;

/** An engine whose clock is the machine's: requests that are to come later are waited for. */
export class EnvoyEngine implements Engine {
  readonly name = "envoy";
  readonly #envoy: string;
  readonly #filter: Filter;
  /** How many filters an Envoy is started with. */
  readonly #filters: number;
  #running: Running | undefined;
  /** Which of the filters of the Envoy that runs is asked. */
  #instance = 0;

  /**
   * @param envoy path of the executable, see locateEnvoy
   * @param forgotten how often limits will be forgotten, as far as that is known
   */
  constructor(envoy: string, filter: Filter, forgotten = MOST_FILTERS) {
    this.#envoy = envoy;
    this.#filter = filter;
    this.#filters = filter.limits.length > 0 ? Math.min(MOST_FILTERS, forgotten + 1) : 1;
  }

  async decide(request: Request, at: bigint, response: Headers = PLAIN_RESPONSE): Promise<Outcome> {
    const early = Number(at / 1_000_000n) - Date.now();
    if (early > LONGEST_WAIT_MS) throw new Error("a real Envoy is not waited for that long");
    if (early > 0) await delay(early);
    const running = (this.#running ??= await start(this.#envoy, this.#filter, this.#filters));
    return running.ask(this.#instance, request, response);
  }

  async forget(): Promise<void> {
    if (this.#filter.limits.length === 0 || !this.#running) return;
    this.#instance++;
    if (this.#instance < this.#filters) return;
    await this.close();
    this.#instance = 0;
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.close();
  }
}

interface Running {
  ask(instance: number, request: Request, response: Headers): Promise<Outcome>;
  close(): Promise<void>;
}

async function start(executable: string, filter: Filter, instances: number): Promise<Running> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-envoy-"));
  let authority: Certificates | undefined;
  let upstream: Upstream | undefined;
  let envoy: RunningEnvoy | undefined;
  const close = async (): Promise<void> => {
    await envoy?.stop();
    await upstream?.close();
    await authority?.remove();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const wasmPath = path.join(directory, `${filter.name}.wasm`);
    await writeFile(wasmPath, filter.wasm);
    authority = await certificates();
    upstream = await startUpstream();
    envoy = await startEnvoy({
      envoy: executable,
      directory,
      bootstrap: envoyBootstrap({
        wasmPath,
        instances,
        upstreamPort: upstream.port,
        certificates: authority,
      }),
      // Workers share nothing of limits of the scope `worker`.
      concurrency: 1,
    });
  } catch (error) {
    await close();
    throw error;
  }
  const { ports } = envoy;
  const issuing = authority;
  const behind = upstream;
  return {
    ask: async (instance, request, response) => {
      const port = ports.get(String(instance));
      if (port === undefined) throw new Error(`Envoy has no listener ${instance}`);
      const connection = await connectionFor(request, port, issuing);
      behind.answerWith(response);
      const reply = await send(connection, request);
      return outcomeOf(request, reply, behind.seen());
    },
    close,
  };
}

const DETAILS = "x-tollgate-details";
/** What every proxy adds, or needs for its own connections. */
const OF_PROXIES: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "server",
  "transfer-encoding",
  DETAILS,
]);
/** Said by `grpcStatus`, or again by the body's own. */
const OF_GRPC: ReadonlySet<string> = new Set(["grpc-status", "grpc-message"]);

function outcomeOf(request: Request, { status, headers, body }: Reply, seen: Seen | undefined): Outcome {
  const [details] = valuesOf(DETAILS, headers);
  if (details !== undefined || !seen) {
    const [grpc] = valuesOf("grpc-status", headers);
    const own = headers.filter(
      ([name, value]) =>
        !OF_PROXIES.has(name) && !OF_GRPC.has(name) && !(name === "content-type" && isUsualType(value)),
    );
    return answer(request.headers, {
      status,
      body,
      details: details ?? "",
      grpcStatus: Number(grpc ?? 0),
      headers: own,
    });
  }
  const answered = [
    [":status", String(status)] as const,
    ...headers.filter(([name]) => !OF_PROXIES.has(name)),
  ];
  // What is for the router nobody behind it sees.
  const { kind, request: sent, response, cluster } = forward(asSent(request, seen), answered);
  return { kind, request: sent, response, ...(cluster !== undefined && { cluster }) };
}

function isUsualType(value: string): boolean {
  return value === "text/plain" || value.startsWith("application/grpc");
}

/** On the way upstream: of that connection, or what every listener adds. */
const ADDED: ReadonlySet<string> = new Set(["content-length", "x-forwarded-proto"]);
const OF_CONNECTION: ReadonlySet<string> = new Set(["host", "connection", "transfer-encoding"]);

/** What the upstream was sent, with the pseudo headers that HTTP/1.1 writes elsewhere. */
function asSent(request: Request, { method, path: target, headers }: Seen): Headers {
  const had = new Set(request.headers.map(([name]) => name));
  const own = headers.filter(([name]) => !OF_CONNECTION.has(name) && (had.has(name) || !ADDED.has(name)));
  const [host = ""] = valuesOf("host", headers);
  const [scheme = "http"] = valuesOf(":scheme", request.headers);
  return [[":authority", host], [":method", method], [":path", target], [":scheme", scheme], ...own];
}
