// Policies that name paths as no listener shows them.
import { describe, expect, test } from "@jest/globals";
import { findings } from "../testing/findings.ts";

const bundle = (normalization: string | undefined, paths: readonly string[], action = "DENY"): string =>
  `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: a }
spec:
  action: ${action}
  rules:
    - to:
        - operation:
            paths:
${paths.map((path) => `              - '${path}'\n`).join("")}${
    normalization === undefined
      ? ""
      : `---
apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: b }
spec: { pathNormalization: ${normalization} }
`
  }`;

/** The paths that are warned of, and why. */
function unseen(normalization: string | undefined, ...paths: string[]): string[] {
  return findings(bundle(normalization, paths))
    .filter((finding) => finding.includes("TG4004"))
    .map((finding) => /: no request shows (.*?) = /.exec(finding)?.[1] ?? finding);
}

const CASES: readonly [
  path: string,
  from: "BASE" | "MERGE_SLASHES" | "DECODE_AND_MERGE_SLASHES" | "never",
][] = [
  ["/admin", "never"],
  ["/a%20b", "never"],
  ["/a%25b*", "never"],
  ["/.well-known/x", "never"],
  ["/a/.*", "never"],
  ["*.js", "never"],
  ["//", "never"],
  ["/a;b/..c", "never"],
  ["/a\\b", "BASE"],
  ["/a/../b", "BASE"],
  ["/a/./*", "BASE"],
  ["/a/..", "BASE"],
  ["*/.", "BASE"],
  ["/%61dmin", "BASE"],
  ["/a%2Eb", "BASE"],
  ["/a%00", "BASE"],
  ["/a b", "BASE"],
  ["//admin*", "MERGE_SLASHES"],
  ["*//x", "MERGE_SLASHES"],
  ["/a%2Fb", "DECODE_AND_MERGE_SLASHES"],
  ["/a%5cb*", "DECODE_AND_MERGE_SLASHES"],
];
const order = ["NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"] as const;

describe.each(order)("%s", (normalization) => {
  test.each(CASES)("%s", (path, from) => {
    const expected = from !== "never" && order.indexOf(normalization) >= order.indexOf(from);
    expect(unseen(normalization, path)).toHaveLength(expected ? 1 : 0);
  });
});

test("what is said, and where", () => {
  expect(findings(bundle("MERGE_SLASHES", ["/a", "//admin*"]))).toEqual([
    "warning TG4004 p.yaml:11:18: no request shows `//admin` in its path: listeners merge slashes = write the path as it is after that, or choose another `pathNormalization` for the bundle: it is `MERGE_SLASHES`",
  ]);
  expect(unseen(undefined, "/a/../b", "//x")).toEqual([
    "`/a/../b` in its path: listeners resolve `.` and `..`",
  ]);
});

test("where nobody normalises paths, prohibitions can be evaded", () => {
  const warning = expect.stringMatching(
    /^warning TG3016 p\.yaml:15:28: paths are compared as clients write them/,
  );
  expect(findings(bundle("NONE", ["/admin"]))).toEqual([warning]);
  expect(findings(bundle("NONE", ["/public"], "ALLOW"))).toEqual([]);
});
