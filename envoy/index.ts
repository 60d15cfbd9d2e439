// Everything Envoy-shaped: finding or installing one, writing its bootstrap, starting and stopping it.
export { bootstrap, renderBootstrap } from "./bootstrap.ts";
export type { BootstrapOptions } from "./bootstrap.ts";
export type { AccessLog } from "./access-log.ts";
export { cacheDirectory } from "./cache.ts";
export { EnvoyFailed, EnvoyUnavailable } from "./errors.ts";
export type { FailureReason, UnavailableReason } from "./errors.ts";
export { DIRECT_REMOTE_ADDRESS } from "./http-filters.ts";
export type { FilterConfig } from "./http-filters.ts";
export type { ListenerConfig } from "./listener.ts";
export { locateEnvoy } from "./locate.ts";
export type { LocatedEnvoy, LocateOptions } from "./locate.ts";
export type { PathNormalization } from "./path-normalization.ts";
export { startEnvoy } from "./start.ts";
export type { ExitStatus, RunningEnvoy, StartOptions } from "./start.ts";
export { clusterName } from "./upstream.ts";
export type { UpstreamConfig } from "./upstream.ts";
export { PINNED_VERSION } from "./wheels.ts";
