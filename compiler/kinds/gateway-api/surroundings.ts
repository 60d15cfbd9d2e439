// What a bundle's documents that hold no policy say about routes.
import type { Service } from "../attachment/attach.ts";
import type { Gateway } from "./gateway.ts";
import type { ReferenceGrant } from "./reference-grant.ts";

export interface Surroundings {
  readonly gateways: readonly Gateway[];
  readonly grants: readonly ReferenceGrant[];
  readonly services: readonly Service[];
}

/** The group of Gateways, routes and grants. */
export const GATEWAY_API = "gateway.networking.k8s.io";
