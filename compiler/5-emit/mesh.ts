// The service that counts for a mesh, as source: what the filter knows of it, and the callbacks that bring its answers.
import type { PlannedLimit } from "../4-plan/limits.ts";
import type { RateLimitService } from "../ir/program.ts";
import { serviceRateName } from "../ir/rates.ts";
import type { Writer } from "./writer.ts";

/** As in `filters/runtime/mesh/limit.ts` and `service.ts`. */
export const MESH_LIMIT_BYTES = 96;
const SERVICE_BYTES = 40;

/** Describes the service when the filter is configured, and returns what its description is called. */
export function configureMesh({ cluster, domain, timeoutMs }: RateLimitService, writer: Writer): string {
  const service = writer.room("SERVICE", SERVICE_BYTES, 8);
  const texts = [cluster, domain].map((text) => writer.literals.of(text).arguments).join(", ");
  writer.configure.push(
    `${use(writer, "service", "declareMesh")}(context)`,
    `${use(writer, "service", "describeMeshService")}(${service}, ${texts}, ${timeoutMs})`,
  );
  // Calls are made on this context; another plugin of the same VM may have gone since.
  writer.tick.push(`${use(writer, "service", "declareMesh")}(context);`);
  return service;
}

/** Describes a limit, whose room is `limit`. */
export function meshLimit(
  { origin, name, rates, sets }: PlannedLimit,
  limit: string,
  service: string,
  writer: Writer,
): void {
  writer.configure.push(
    `${use(writer, "limit", "beginMeshLimit")}(${limit}, ${service})`,
    `${use(writer, "leases", "reserveLeases")}(${limit}, ${sets})`,
  );
  for (const { item, window, limit: requests } of rates) {
    const text = writer.literals.of(serviceRateName(origin.policy, name, item), "RATE").arguments;
    const seconds = window / 1_000_000_000n;
    writer.configure.push(
      `${use(writer, "limit", "addMeshRate")}(${limit}, ${text}, ${seconds}, ${requests})`,
    );
  }
}

/** The callbacks: requests that waited for an answer are asked again. */
export function emitMeshCallbacks(writer: Writer): void {
  const actions = writer.abi("numbers", "HeadersAction");
  const next = `${use(writer, "waiting", "nextMeshWaiting")}()`;
  writer.line(
    "",
    "/** The service has answered: requests that waited for it are decided. */",
    "export function proxy_on_grpc_receive(context: u32, token: u32, size: u32): void {",
    `  if (${use(writer, "mesh", "meshAnswer")}(token, size)) resumeAll();`,
    "}",
    "",
    "/** The service has not answered. */",
    "export function proxy_on_grpc_close(context: u32, token: u32, status: u32): void {",
    `  if (${use(writer, "mesh", "meshClosed")}(token, status)) resumeAll();`,
    "}",
    "",
    "function resumeAll(): void {",
    `  for (let stream = ${next}; stream != 0; stream = ${next}) {`,
    `    if (handleRequest(stream) == ${actions}.Continue) ${writer.abi("env", "proxy_continue_stream")}(${writer.abi("numbers", "StreamType")}.Request);`,
    "  }",
    "}",
  );
}

function use(writer: Writer, module: string, name: string): string {
  return writer.runtime(`mesh/${module}`, name);
}
