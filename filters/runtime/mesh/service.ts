// The services that are asked, and what is known of each. One that fails is left alone for a while, so that an outage does
// not add its timeout to every request: one call at a time tries whether it is back.
import {
  proxy_grpc_call,
  proxy_log,
  proxy_set_effective_context,
} from "proxy-wasm-assemblyscript-sdk/abi/env";
import { LogLevel, Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { mix } from "../hash";
import { rateName, rateNameSize, serviceOf } from "./limit";
import { DOMAIN_MAX, requestPointer, writeRequest } from "./message";

/** How many bytes a service's description takes, zeros before it is described. */
export const MESH_SERVICE_BYTES: u32 = 40;

const CLUSTER: usize = 0;
const CLUSTER_SIZE: usize = 4;
const DOMAIN: usize = 8;
const DOMAIN_SIZE: usize = 12;
const TIMEOUT: usize = 16; // milliseconds
/** Calls that failed, since one went well. */
const FAILURES: usize = 20;
/** Nobody asks before. */
const OPEN_UNTIL: usize = 24;
/** When it was last decided to leave it alone: calls from before have no say any more. */
const OPENED: usize = 32;

const MILLISECOND: u64 = 1000000;
/** Between a call's timeout and its end being told. */
const GRACE: u64 = 1000 * MILLISECOND;
/** One call may always fail; so many in a row are an outage. */
const FAILURES_MAX: u32 = 3;
const BACKOFF: u64 = 250 * MILLISECOND;
const BACKOFF_DOUBLINGS: u32 = 5;

// "envoy.service.ratelimit.v3.RateLimitService", "ShouldRateLimit"
const NAME: usize = memory.data<u8>([
  101, 110, 118, 111, 121, 46, 115, 101, 114, 118, 105, 99, 101, 46, 114, 97, 116, 101, 108, 105, 109, 105,
  116, 46, 118, 51, 46, 82, 97, 116, 101, 76, 105, 109, 105, 116, 83, 101, 114, 118, 105, 99, 101,
]);
const NAME_SIZE: usize = 43;
const METHOD: usize = memory.data<u8>([
  83, 104, 111, 117, 108, 100, 82, 97, 116, 101, 76, 105, 109, 105, 116,
]);
const METHOD_SIZE: usize = 15;

/** The context that calls are made on, so that no stream's end cuts one off that others wait for. */
let root: u32 = 0;

/** To be called with its context when a plugin is configured, and again when its timer ticks. Always true. */
export function declareMesh(context: u32): bool {
  root = context;
  return true;
}

/** Describes a service: its cluster, its configuration's domain, and how long a call may take. False: the domain is too long. */
export function describeMeshService(
  service: usize,
  cluster: usize,
  clusterSize: u32,
  domain: usize,
  domainSize: u32,
  timeoutMilliseconds: u32,
): bool {
  if (domainSize > DOMAIN_MAX) return false;
  store<usize>(service, cluster, CLUSTER);
  store<u32>(service, clusterSize, CLUSTER_SIZE);
  store<usize>(service, domain, DOMAIN);
  store<u32>(service, domainSize, DOMAIN_SIZE);
  store<u32>(service, timeoutMilliseconds, TIMEOUT);
  return true;
}

/** Whether a call may be made. */
export function mayAsk(service: usize, time: u64): bool {
  // A clock that was set back does not make the time longer.
  return !isOpen(service) || time < load<u64>(service, OPENED) || time >= load<u64>(service, OPEN_UNTIL);
}

/** When a call that is made at `time` has surely ended. */
export function surelyEnded(service: usize, time: u64): u64 {
  return time + <u64>load<u32>(service, TIMEOUT) * MILLISECOND + GRACE;
}

/**
 * Asks for `hits` tokens of a limit's key; whether a call is under way then, whose token is written to `token`. `stream` is
 * the context to be in effect again afterwards; 0 where that is the root context.
 */
export function askService(
  limit: usize,
  digest: usize,
  hits: u32,
  stream: u32,
  time: u64,
  token: usize,
): bool {
  const service = serviceOf(limit);
  const domain = load<usize>(service, DOMAIN);
  const size = writeRequest(domain, load<u32>(service, DOMAIN_SIZE), limit, digest, hits);
  // The plugin whose context it is may have gone before others of this VM: better on the stream, then, than not at all.
  const isOnRoot = proxy_set_effective_context(root) == Status.Ok;
  const asked =
    (isOnRoot || stream != 0) &&
    proxy_grpc_call(
      load<usize>(service, CLUSTER),
      load<u32>(service, CLUSTER_SIZE),
      NAME,
      NAME_SIZE,
      METHOD,
      METHOD_SIZE,
      0,
      0,
      requestPointer(),
      size,
      load<u32>(service, TIMEOUT),
      token,
    ) == Status.Ok;
  if (isOnRoot && stream != 0) proxy_set_effective_context(stream);
  if (!asked) {
    // Such as a cluster that there is not.
    callFailed(service, time, time);
    return false;
  }
  if (isOpen(service)) store<u64>(service, surelyEnded(service, time), OPEN_UNTIL);
  return true;
}

/** Notes that a call went well. */
export function callSucceeded(service: usize): void {
  if (isOpen(service)) tell(LogLevel.Info, service, AGAIN, AGAIN_SIZE, 0, 0);
  store<u32>(service, 0, FAILURES);
}

/** Notes that a call failed, which was made when it was `asked`. */
export function callFailed(service: usize, asked: u64, time: u64): void {
  const failures = load<u32>(service, FAILURES);
  if (failures >= FAILURES_MAX && asked <= load<u64>(service, OPENED)) return;
  store<u32>(service, failures == u32.MAX_VALUE ? failures : failures + 1, FAILURES);
  if (failures + 1 < FAILURES_MAX) return;
  if (failures + 1 == FAILURES_MAX) tell(LogLevel.Warn, service, FAILS, FAILS_SIZE, 0, 0);
  // Half as much more by chance, so that sidecars do not come back together.
  const wait = BACKOFF << (<u64>min(failures + 1 - FAILURES_MAX, BACKOFF_DOUBLINGS));
  store<u64>(service, time, OPENED);
  store<u64>(service, time + wait + (mix(time ^ (<u64>service)) % (wait / 2)), OPEN_UNTIL);
}

/** Says that the service does not know a rate of a limit, so that somebody gives it the configuration. */
export function tellUnknown(limit: usize, rate: u32): void {
  const name = rateName(limit, rate);
  tell(LogLevel.Error, serviceOf(limit), UNKNOWN, UNKNOWN_SIZE, name, rateNameSize(limit, rate));
}

function isOpen(service: usize): bool {
  return load<u32>(service, FAILURES) >= FAILURES_MAX;
}

// "tollgate: the rate limit service ", " fails", " answers again", " does not know the limit "
const OF: usize = memory.data<u8>([
  116, 111, 108, 108, 103, 97, 116, 101, 58, 32, 116, 104, 101, 32, 114, 97, 116, 101, 32, 108, 105, 109, 105,
  116, 32, 115, 101, 114, 118, 105, 99, 101, 32,
]);
const OF_SIZE: u32 = 33;
const FAILS: usize = memory.data<u8>([32, 102, 97, 105, 108, 115]);
const FAILS_SIZE: u32 = 6;
const AGAIN: usize = memory.data<u8>([32, 97, 110, 115, 119, 101, 114, 115, 32, 97, 103, 97, 105, 110]);
const AGAIN_SIZE: u32 = 14;
const UNKNOWN: usize = memory.data<u8>([
  32, 100, 111, 101, 115, 32, 110, 111, 116, 32, 107, 110, 111, 119, 32, 116, 104, 101, 32, 108, 105, 109,
  105, 116, 32,
]);
const UNKNOWN_SIZE: u32 = 25;
const LINE: usize = memory.data(640);
const NAME_MAX: u32 = 256;

function tell(level: u32, service: usize, what: usize, size: u32, more: usize, moreSize: u32): void {
  const cluster = min<u32>(load<u32>(service, CLUSTER_SIZE), NAME_MAX);
  moreSize = min(moreSize, NAME_MAX);
  memory.copy(LINE, OF, OF_SIZE);
  memory.copy(LINE + OF_SIZE, load<usize>(service, CLUSTER), cluster);
  memory.copy(LINE + OF_SIZE + cluster, what, size);
  memory.copy(LINE + OF_SIZE + cluster + size, more, moreSize);
  proxy_log(level, LINE, OF_SIZE + cluster + size + moreSize);
}
