// A real Envoy that is asked which patterns match which texts: a pattern is a route, a text a header's value or a path.
import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { startEnvoy } from "../../../envoy/index.ts";
import { envoyForTests } from "../../../envoy/testing.ts";

/** Asks Envoy whether the pattern of this number matches; texts are byte strings, see canBeHeader and canBePath. */
export interface Asking {
  (questions: readonly Question[]): Promise<boolean[]>;
}

export interface Question {
  readonly pattern: number;
  /** `/` where the header is asked about. */
  readonly path?: string;
  readonly header?: string;
}

/** Runs `body` beside an Envoy; skips where there is none. Rejects where Envoy refuses a pattern. */
export async function withEnvoy(
  routes: readonly object[],
  body: (ask: Asking) => Promise<void>,
  filters: readonly object[] = [],
): Promise<void> {
  const envoy = await envoyForTests();
  if (envoy === undefined) return;
  const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-automata-"));
  try {
    const running = await startEnvoy({
      envoy,
      directory,
      bootstrap: bootstrap(routes, filters),
      concurrency: 1,
    });
    try {
      await body((questions) => ask(running.ports.get("main") ?? 0, questions));
    } finally {
      await running.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What a route matches with where the header's value must match. */
export const regexRoute = (regex: string): object => ({
  prefix: "/",
  headers: [{ name: "x-text", string_match: { safe_regex: { regex } } }],
});

/** What a route matches with where the path must; a template of Envoy's, without braces. */
export const templateRoute = (template: string): object => ({
  path_match_policy: {
    name: "envoy.path.match.uri_template.uri_template_matcher",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig",
      path_template: template,
    },
  },
});

/** Whether a header can have this value as it is. */
export const canBeHeader = (text: string): boolean =>
  /^[\t -~\x80-\xff]*$/.test(text) && text.trim() === text;

/** Whether a request can have this path, without a query. */
export const canBePath = (text: string): boolean => /^\/[!-~]*$/.test(text) && !/[?#]/.test(text);

function bootstrap(routes: readonly object[], filters: readonly object[]): object {
  const address = { socket_address: { address: "127.0.0.1", port_value: 0 } };
  const numbered = routes.map((match, i) => {
    const { headers = [] } = match as { headers?: object[] };
    const number = { name: "x-pattern", string_match: { exact: String(i) } };
    return { match: { ...match, headers: [number, ...headers] }, direct_response: { status: 200 } };
  });
  const others = { match: { prefix: "/" }, direct_response: { status: routes.length === 0 ? 200 : 404 } };
  const manager = {
    "@type":
      "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    stat_prefix: "main",
    http_filters: [
      ...filters,
      {
        name: "envoy.filters.http.router",
        typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
      },
    ],
    route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes: [...numbered, others] }] },
  };
  const filter = { name: "envoy.filters.network.http_connection_manager", typed_config: manager };
  return {
    admin: { address },
    // Envoy's own limit is small, and meshes raise it.
    layered_runtime: {
      layers: [{ name: "static", static_layer: { "re2.max_program_size.error_level": 100_000 } }],
    },
    static_resources: { listeners: [{ name: "main", address, filter_chains: [{ filters: [filter] }] }] },
  };
}

/** One after the other, on a few connections. */
async function ask(port: number, questions: readonly Question[]): Promise<boolean[]> {
  const answers: boolean[] = [];
  let next = 0;
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const work = async () => {
    for (let i = next++; i < questions.length; i = next++) {
      const question = questions[i];
      if (question === undefined) return;
      const status = await statusOf(port, agent, question);
      if (![200, 403, 404].includes(status)) throw new Error(`${status} for ${JSON.stringify(question)}`);
      answers[i] = status === 200;
    }
  };
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
  } finally {
    agent.destroy();
  }
  return answers;
}

const CONNECTIONS = 4;

function statusOf(port: number, agent: http.Agent, question: Question): Promise<number> {
  const { pattern, path: target = "/", header = "" } = question;
  return new Promise((resolve, reject) => {
    http
      .get(
        { port, host: "127.0.0.1", agent, path: target, headers: { "x-pattern": pattern, "x-text": header } },
        (response) => {
          response.resume().on("end", () => resolve(response.statusCode ?? 0));
        },
      )
      .on("error", reject);
  });
}
