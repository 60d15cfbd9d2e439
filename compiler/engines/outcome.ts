// What engines saw, in the words that all of them share.
import { CLUSTER_HEADER, isInternalHeader } from "../ir/route-headers.ts";
import { sortedHeaders, type Answer, type Forward, type Headers } from "./engine.ts";

type Pairs = readonly (readonly [name: string, value: string])[];

/** An answer as the client sees it. `request`: its headers, which say whether it is gRPC. */
export function answer(
  request: Pairs,
  { grpcStatus, body, ...seen }: Omit<Answer, "kind" | "grpcStatus"> & { readonly grpcStatus: number },
): Answer {
  const headers = sortedHeaders(seen.headers);
  if (isGrpc(request)) return { kind: "answer", ...seen, status: 200, body: "", headers, grpcStatus };
  return { kind: "answer", ...seen, body: isHead(request) ? "" : body, headers };
}

/** What goes on, told apart by whom it is for: the upstream, or Envoy's router. */
export function forward(sent: Pairs, response: Pairs): Forward {
  const request: (readonly [string, string])[] = [];
  const router: (readonly [string, string])[] = [];
  let cluster: string | undefined;
  for (const pair of sent) {
    if (pair[0] === CLUSTER_HEADER) cluster = pair[1];
    else (isInternalHeader(pair[0]) ? router : request).push(pair);
  }
  return {
    kind: "forward",
    request: sortedHeaders(request),
    response: sortedHeaders(response),
    ...(cluster !== undefined && { cluster }),
    router: sortedHeaders(router),
  };
}

/** Whether a client expects its answer in gRPC's terms. */
function isGrpc(request: Pairs): boolean {
  return valuesOf("content-type", request).some((type) => /^application\/grpc(\+|$)/.test(type));
}

function isHead(request: Pairs): boolean {
  return valuesOf(":method", request)[0] === "HEAD";
}

/** All values of a header. */
export function valuesOf(name: string, headers: Headers): string[] {
  return headers.flatMap(([n, value]) => (n === name ? [value] : []));
}
