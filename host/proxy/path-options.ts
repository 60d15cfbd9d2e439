/** What a listener does to a request's path before any filter sees it: Envoy's options, and Istio's names for sets of them. */
import { canonicalizeTarget } from "./path.ts";

/** Istio's names for how far a listener normalises paths; each does what the one before it does, and more. */
export type PathNormalization = "NONE" | "BASE" | "MERGE_SLASHES" | "DECODE_AND_MERGE_SLASHES";

/** The options of Envoy's HTTP connection manager. */
export interface PathOptions {
  /** `normalize_path` */
  readonly normalize: boolean;
  /** `merge_slashes` */
  readonly mergeSlashes: boolean;
  /** `path_with_escaped_slashes_action` */
  readonly escapedSlashes: "KEEP_UNCHANGED" | "REJECT_REQUEST" | "UNESCAPE_AND_FORWARD";
}

/** The options that a name stands for. */
export function pathOptions(normalization: PathNormalization): PathOptions {
  const merges = normalization === "MERGE_SLASHES" || normalization === "DECODE_AND_MERGE_SLASHES";
  return {
    normalize: normalization !== "NONE",
    mergeSlashes: merges,
    escapedSlashes: normalization === "DECODE_AND_MERGE_SLASHES" ? "UNESCAPE_AND_FORWARD" : "KEEP_UNCHANGED",
  };
}

/**
 * A request target in origin form (`/path?query`) as a listener hands it to its filters, or undefined where the listener
 * answers 400. The query is left as it is.
 *
 * @example
 * normalizePath("/a/%2e%2E/b?x=../y"); // "/b?x=../y"
 * normalizePath("/a//b%2fc", "MERGE_SLASHES"); // "/a/b%2fc"
 */
export function normalizePath(target: string, normalization: PathNormalization = "BASE"): string | undefined {
  return applyPathOptions(target, pathOptions(normalization));
}

/** The same by Envoy's own options, in Envoy's order: escaped slashes, dot segments, slashes in a row. */
export function applyPathOptions(target: string, options: PathOptions): string | undefined {
  // A fragment is no part of a request, and servers differ in what they make of one.
  if (target.includes("#")) return undefined;
  let path = target;
  if (options.escapedSlashes !== "KEEP_UNCHANGED") {
    path = inPath(target, (text) => text.replace(/%2f/gi, "/").replace(/%5c/gi, "\\"));
    if (path !== target && options.escapedSlashes === "REJECT_REQUEST") return undefined;
  }
  if (options.normalize) {
    const canonical = canonicalizeTarget(path);
    if (canonical === undefined) return undefined;
    path = canonical;
  }
  return options.mergeSlashes ? inPath(path, mergeSlashes) : path;
}

/** As Envoy: nothing but slashes stays two of them. */
function mergeSlashes(path: string): string {
  return /^\/\/+$/.test(path) ? "//" : path.replace(/\/\/+/g, "/");
}

function inPath(target: string, change: (path: string) => string): string {
  const query = target.indexOf("?");
  return query < 0 ? change(target) : change(target.slice(0, query)) + target.slice(query);
}
