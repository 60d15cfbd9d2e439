// The two ways in which Envoy fails us: there is none, or the one there is does not run.

/** Why no Envoy could be had. */
export type UnavailableReason =
  "no-python" | "no-pip" | "install-failed" | "not-executable" | "unsupported-platform";

/** Thrown when no Envoy can be had. `message` says what was tried, `remedy` what the user can do about it. */
export class EnvoyUnavailable extends Error {
  readonly reason: UnavailableReason;
  readonly remedy: string;

  constructor(reason: UnavailableReason, message: string, remedy: string) {
    super(message);
    this.name = "EnvoyUnavailable";
    this.reason = reason;
    this.remedy = remedy;
  }
}

/** Why a started Envoy came to nothing. */
export type FailureReason = "port-in-use" | "wasm-refused" | "config-rejected" | "exited" | "not-ready";

/**
 * Thrown when an Envoy was started and did not become ready; its process is gone by then. `message` holds the
 * cause out of Envoy's own log, `log` the last lines of that log, `address` ("ip:port") the address that was taken.
 */
export class EnvoyFailed extends Error {
  readonly reason: FailureReason;
  readonly log: string;
  readonly address: string | undefined;

  constructor(reason: FailureReason, message: string, log: string, address?: string) {
    super(message);
    this.name = "EnvoyFailed";
    this.reason = reason;
    this.log = log;
    this.address = address;
  }
}
