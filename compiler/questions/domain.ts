// What values an attribute can have at all, and which of them a request rather has: witnesses are to look like requests.
import { isPseudoHeader } from "../http/header-syntax.ts";
import type { TextAttribute } from "../ir/program.ts";

export interface Domain {
  /** Whether a request may have several values of it. */
  readonly repeats: boolean;
  /** Bytes that no value has. */
  readonly never: RegExp | undefined;
  /** Whether the attribute ever has this value. */
  readonly allows: (value: string) => boolean;
  /** Values that come to mind, the most usual one first. */
  readonly usual: readonly string[];
  /** Whether the value is one that clients can send and people expect. */
  readonly isUsual: (value: string) => boolean;
  /** What to put in front of a value and behind it so that it becomes a usual one. */
  readonly around: readonly (readonly [before: string, after: string])[];
  /**
   * - `always`: Envoy answers requests without it itself.
   * - `mostly`: a witness without it is strange.
   */
  readonly present: "always" | "mostly" | "maybe";
}

/** What a request says of the host where nothing asks for another. */
export const USUAL_HOST = "localhost";
export const USUAL_PATH = "/";
export const USUAL_METHOD = "GET";

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const PATH = /^\/[\x21-\x7e]*$/;
const HOST = /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?(:[0-9]{1,5})?$/;
const HOSTNAME = /^[-\w]+(?:\.[-\w]+)*$/;
const PORT = /^(0|[1-9][0-9]{0,4})$/;
const FIELD = /^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)$/;
const COOKIE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;
const PRINTABLE = /^[\x21-\x7e]+$/;

const some: Domain = {
  repeats: false,
  never: undefined,
  allows: () => true,
  usual: [],
  isUsual: (value) => PRINTABLE.test(value),
  around: [],
  present: "maybe",
};

const path: Domain = {
  ...some,
  usual: [USUAL_PATH],
  isUsual: (value) => PATH.test(value),
  around: [
    ["/", ""],
    ["/x", ""],
    ["/x/", ""],
    ["/", "x"],
  ],
  present: "mostly",
};

const host: Domain = {
  ...some,
  usual: [USUAL_HOST],
  isUsual: (value) => HOST.test(value),
  around: [
    ["x", ""],
    ["", "x"],
    ["x", "x"],
    ["x.", ""],
  ],
  present: "always",
};

export function domainOf(attribute: TextAttribute): Domain {
  switch (attribute.kind) {
    case "method":
      return {
        ...some,
        usual: [USUAL_METHOD, "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"],
        isUsual: (value) => TOKEN.test(value) && value === value.toUpperCase(),
        around: [
          ["X", ""],
          ["", "X"],
          ["X", "X"],
        ],
        present: "always",
      };
    case "path":
      return { ...path, never: /[?#]/, allows: (value) => !/[?#]/.test(value) };
    case "host":
      return { ...host, never: /[A-Z]/, allows: (value) => !/[A-Z]/.test(value) };
    case "hostname":
      return {
        ...host,
        never: /[^-_.a-z0-9]/,
        allows: (value) => HOSTNAME.test(value) && !/[A-Z]/.test(value),
      };
    case "header":
      return isPseudoHeader(attribute.name)
        ? pseudoHeader(attribute.name)
        : { ...some, repeats: true, isUsual: (value) => FIELD.test(value) };
    case "cookie":
      return {
        ...some,
        never: /;/,
        allows: (value) => !/;|[ \t]$/.test(value),
        isUsual: (value) => COOKIE.test(value),
      };
    case "query":
      return some;
    case "claim":
      // Of `scope` and `permission` too: where they are lists, their texts are no lists of words.
      return { ...some, repeats: true };
    case "principal":
      return { ...some, repeats: true, allows: (value) => value !== "" };
    case "sni":
      return { ...host, present: "maybe", allows: (value) => value !== "", usual: [] };
    case "destination-port":
      return {
        ...some,
        never: /[^0-9]/,
        allows: (value) => PORT.test(value),
        usual: ["10000", "80", "443", "8080"],
        present: "mostly",
      };
    case "metadata":
      return { ...some, allows: (value) => value !== "" };
  }
}

function pseudoHeader(name: string): Domain {
  switch (name) {
    case ":path":
      return path;
    case ":authority":
      return host;
    case ":method":
      return domainOf({ kind: "method" });
    case ":scheme":
      return { ...some, usual: ["http", "https"], present: "always" };
    default:
      return some;
  }
}

const STRANGE = 200;
const MISSED = 60;

/** How far a value is from what one would write, in characters; undefined: that there is none. */
export function costOf(domain: Domain, value: string | undefined): number {
  if (value === undefined) return domain.present === "maybe" ? 0 : MISSED;
  const usual = domain.usual.indexOf(value);
  if (usual >= 0) return usual;
  return 1 + value.length + (domain.isUsual(value) ? 0 : STRANGE);
}
