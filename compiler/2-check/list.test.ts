// `kubectl get … -o yaml` writes a List: the policies in it must not be left out in silence.
import { describe, expect, test } from "@jest/globals";
import { checkPolicies } from "../testing/findings.ts";
import { pin } from "../testing/pin.ts";
import { authorization } from "../testing/policies.ts";

const indented = (text: string): string => text.trimEnd().replaceAll("\n", "\n  ");
const listOf = (...items: readonly string[]): string =>
  `apiVersion: v1\nkind: List\nitems:\n${items.map((item) => `- ${indented(item)}\n`).join("")}`;
const rules = authorization("  rules: [{}]\n");

test("what kubectl writes is read as documents of their own", () => {
  const exported = `apiVersion: v1
items:
- apiVersion: security.istio.io/v1
  kind: AuthorizationPolicy
  metadata:
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: |
        {"apiVersion":"security.istio.io/v1"}
    creationTimestamp: "2026-01-01T00:00:00Z"
    generation: 1
    name: nothing
    namespace: shop
    resourceVersion: "7"
    uid: 0f0f
  spec: { rules: [{}] }
  status: { conditions: [] }
- apiVersion: v1
  kind: List
  items:
  - apiVersion: tollgate.dev/v1alpha1
    kind: Bundle
    metadata: { name: shop }
kind: List
metadata:
  resourceVersion: ""
`;
  const { bundle, targets, diagnostics } = checkPolicies(exported);
  expect({ bundle, diagnostics }).toEqual({ bundle: "shop", diagnostics: [] });
  expect(targets[0]?.program.policies).toEqual([
    { kind: "AuthorizationPolicy", name: "shop/nothing", source: "p.yaml:11" },
  ]);
});

describe("what is wrong in a List", () => {
  pin([
    {
      name: "a policy stands where it stands",
      policies: listOf(rules, authorization("  acton: DENY\n").replace("name: a", "name: b")),
      finds: [expect.stringMatching(/^error TG2003 p\.yaml:13:5: unknown field `acton` /)],
    },
    {
      name: "the same name twice",
      policies: listOf(rules, rules),
      finds: [
        "error TG3001 p.yaml:11:21: the AuthorizationPolicy `default/a` is there twice = rename one of them; the other is in p.yaml:6",
      ],
    },
    {
      name: "no items, and items that are none",
      policies: "apiVersion: v1\nkind: List\n---\napiVersion: v1\nkind: List\nitems: [a]\n",
      finds: [
        "error TG2005 p.yaml:1:1: a `List` needs its `items` = write a list of documents, as `kubectl get … -o yaml` does",
        "error TG1002 p.yaml:6:9: an item of a `List` is a policy document = a document starts with `apiVersion:`, `kind:`, `metadata:` and `spec:`",
      ],
    },
    {
      name: "an empty one holds no policy",
      policies: "apiVersion: v1\nkind: List\nitems: []\n",
      finds: [expect.stringMatching(/^error TG1003: there is no policy to compile /)],
    },
    {
      name: "aliases count together",
      policies: listOf(
        authorization(`  rules: &r [{ to: [{ operation: { paths: [/${"a".repeat(300_000)}] } }] }]\n`),
        ...["b", "c", "d", "e"].map((name) =>
          authorization("  rules: *r\n").replace("name: a", `name: ${name}`),
        ),
      ),
      finds: [
        expect.stringMatching(
          /^error TG1004 p\.yaml:\d+:12: the aliases of this document stand for too much text /,
        ),
      ],
    },
  ]);
});
