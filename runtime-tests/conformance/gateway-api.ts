// The Gateway API's conformance cases as requests and what must become of them, whoever sends them.
import { readdir, readFile } from "node:fs/promises";

/** The host that requests name; the routes serve every host. */
export const HOST = "gateway.test";

/** The namespace of the routes and their Services. */
const NAMESPACE = "gateway-conformance-infra";

/** One manifest with its cases. */
export interface ConformanceFile {
  readonly name: string;
  /** The routes. */
  readonly routes: string;
  /** The clusters that they name, such as `gateway-conformance-infra/infra-backend-v1:8080`. */
  readonly clusters: readonly string[];
  readonly cases: readonly ConformanceCase[];
}

export interface ConformanceCase {
  readonly name: string;
  readonly request: {
    readonly method: string;
    /** With the query. */
    readonly path: string;
    /** Names in lower case. */
    readonly headers: readonly (readonly [name: string, value: string])[];
  };
  readonly expect: Expected;
}

export type Expected =
  | {
      readonly kind: "backend";
      readonly cluster: string;
      /** What the backend gets: several values of a header joined with commas. */
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly absentHeaders: readonly string[];
    }
  | {
      readonly kind: "redirect";
      readonly status: number;
      /** Of the `location`; scheme and port are the request's. */
      readonly host: string;
      readonly path: string;
    }
  | { readonly kind: "answer"; readonly status: number };

/** What the suite's files hold, as far as these use it. */
interface Written {
  readonly Backend?: string;
  readonly Request: WrittenRequest & { readonly UnfollowRedirect?: string };
  readonly ExpectedRequest?: {
    readonly Request?: WrittenRequest;
    readonly AbsentHeaders?: readonly string[];
  };
  readonly RedirectRequest?: { readonly Host?: string; readonly Path?: string };
  readonly Response?: { readonly StatusCode?: number };
}

interface WrittenRequest {
  readonly Method?: string;
  readonly Path?: string;
  readonly Headers?: Readonly<Record<string, string>>;
}

/** All files, in order of their names. Throws where one holds what is not read. */
export async function conformanceFiles(): Promise<ConformanceFile[]> {
  const folder = new URL("gateway-api/", import.meta.url);
  const names = (await readdir(folder)).filter((name) => name.endsWith(".expect.json")).sort();
  return Promise.all(
    names.map(async (file) => {
      const name = file.replace(".expect.json", "");
      const routes = await readFile(new URL(`${name}.yaml`, folder), "utf8");
      const cases = JSON.parse(await readFile(new URL(file, folder), "utf8")) as Written[];
      const services = new Set([...routes.matchAll(/name: (infra-backend-v\d)/g)].map(([, one = ""]) => one));
      return {
        name,
        routes,
        clusters: [...services].sort().map((service) => `${NAMESPACE}/${service}:8080`),
        cases: cases.map((one) => ({
          name: `${one.Request.Method ?? "GET"} ${one.Request.Path ?? "/"} ${JSON.stringify(one.Request.Headers ?? {})}`,
          request: {
            method: one.Request.Method ?? "GET",
            path: one.Request.Path ?? "/",
            headers: Object.entries(lowerCase(one.Request.Headers)),
          },
          expect: expected(one),
        })),
      };
    }),
  );
}

/** The routes with a `Bundle` that says where their clusters lead. */
export function asBundle(
  { routes, clusters }: ConformanceFile,
  originOf: (cluster: string) => string,
): string {
  const lines = clusters.map((cluster) => `    "${cluster}": "${originOf(cluster)}"\n`).join("");
  const backends = clusters.length > 0 ? `spec:\n  backends:\n${lines}` : "";
  return `${routes}\n---\napiVersion: tollgate.dev/v1alpha1\nkind: Bundle\nmetadata: { name: conformance }\n${backends}`;
}

function expected({ Backend, Request, ExpectedRequest, RedirectRequest, Response }: Written): Expected {
  const path = Request.Path ?? "/";
  if (RedirectRequest)
    return {
      kind: "redirect",
      status: Response?.StatusCode ?? 302,
      host: RedirectRequest.Host ?? HOST,
      path: RedirectRequest.Path ?? path,
    };
  if (Backend === undefined) return { kind: "answer", status: Response?.StatusCode ?? 200 };
  const [, number] = /^InfraBackendServiceNameV(\d)$/.exec(Backend) ?? [];
  if (number === undefined) throw new Error(`unknown backend ${Backend}`);
  return {
    kind: "backend",
    cluster: `${NAMESPACE}/infra-backend-v${number}:8080`,
    path: ExpectedRequest?.Request?.Path ?? path,
    headers: lowerCase(ExpectedRequest ? ExpectedRequest.Request?.Headers : Request.Headers),
    absentHeaders: (ExpectedRequest?.AbsentHeaders ?? []).map((name) => name.toLowerCase()),
  };
}

function lowerCase(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
