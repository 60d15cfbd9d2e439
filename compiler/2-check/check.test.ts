// What a document says of itself: version, kind, name; and the documents of a bundle among each other.
import { describe } from "@jest/globals";
import { pin } from "../testing/pin.ts";
import { authorization, bundle, rateLimit } from "../testing/policies.ts";

const good = authorization("  rules: [{}]\n");
const document = (apiVersion: string, kind: string, rest = ""): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: other }\n${rest}`;

describe("versions and kinds", () => {
  pin([
    {
      name: "a misspelt kind",
      policies: document("tollgate.dev/v1alpha1", "RateLimitPolcy"),
      finds: [
        "error TG2001 p.yaml:2:7: unknown kind `RateLimitPolcy` of `tollgate.dev/v1alpha1` ^ did you mean `RateLimitPolicy`? = the kinds are `RequestAuthentication`, `AuthorizationPolicy`, `RateLimitPolicy`, `HTTPRoute`, `HeaderRoutePolicy`, `Bundle`",
      ],
    },
    {
      name: "an unknown kind",
      policies: document("tollgate.dev/v1alpha1", "Firewall"),
      finds: [
        "error TG2001 p.yaml:2:7: unknown kind `Firewall` of `tollgate.dev/v1alpha1` = the kinds are `RequestAuthentication`, `AuthorizationPolicy`, `RateLimitPolicy`, `HTTPRoute`, `HeaderRoutePolicy`, `Bundle`",
      ],
    },
    {
      name: "another kind of a group that Tollgate knows",
      policies: document("security.istio.io/v1", "PeerAuthentication"),
      finds: [
        "error TG2001 p.yaml:2:7: unknown kind `PeerAuthentication` of `security.istio.io/v1` = the kinds are `RequestAuthentication`, `AuthorizationPolicy`, `RateLimitPolicy`, `HTTPRoute`, `HeaderRoutePolicy`, `Bundle`",
      ],
    },
    {
      name: "the wrong group for a known kind",
      policies: document("tollgate.dev/v1alpha1", "AuthorizationPolicy"),
      finds: [
        "error TG2001 p.yaml:2:7: unknown kind `AuthorizationPolicy` of `tollgate.dev/v1alpha1` = `AuthorizationPolicy` is a kind of `security.istio.io/v1`",
      ],
    },
    {
      name: "an unknown version",
      policies: document("security.istio.io/v2", "AuthorizationPolicy", "spec: { acton: DENY }\n"),
      finds: [
        "error TG2002 p.yaml:1:13: unknown version `security.istio.io/v2` = write `security.istio.io/v1` or `security.istio.io/v1beta1`",
        "error TG2003 p.yaml:4:9: unknown field `acton` ^ did you mean `action`? = the fields here are `action`, `rules`, `selector`, `targetRefs`, `targetRef`",
      ],
    },
    {
      name: "an unknown version of a bundle",
      policies: `${good}---\n${document("tollgate.dev/v1", "Bundle")}`,
      finds: ["error TG2002 p.yaml:7:13: unknown version `tollgate.dev/v1` = write `tollgate.dev/v1alpha1`"],
    },
    {
      name: "a misspelt group",
      policies: `${good}---\n${document("security.istio.oi/v1", "AuthorizationPolicy")}`,
      finds: [
        "error TG2002 p.yaml:7:13: unknown version `security.istio.oi/v1` of `AuthorizationPolicy` ^ did you mean `security.istio.io/v1`? = `AuthorizationPolicy` is a kind of `security.istio.io`",
      ],
    },
    {
      name: "no group",
      policies: `${good}---\n${document("v1alpha1", "RateLimitPolicy")}`,
      finds: [
        "error TG2002 p.yaml:7:13: unknown version `v1alpha1` of `RateLimitPolicy` ^ did you mean `tollgate.dev/v1alpha1`? = `RateLimitPolicy` is a kind of `tollgate.dev`",
      ],
    },
    {
      name: "a kind of the same name from elsewhere",
      policies: `${good}---\n${document("policy.linkerd.io/v1alpha1", "AuthorizationPolicy")}`,
      finds: [
        "warning TG1005 p.yaml:8:7: `AuthorizationPolicy` of `policy.linkerd.io/v1alpha1` is passed over = the `AuthorizationPolicy` that Tollgate knows is of `security.istio.io/v1`",
      ],
    },
    {
      name: "documents for others",
      policies: `${good}---\n${document("v1", "ConfigMap")}---\n${document("networking.istio.io/v1", "VirtualService")}`,
      finds: [
        "note TG1005 p.yaml:8:7: `ConfigMap` of `v1` is passed over = Tollgate compiles `RequestAuthentication`, `AuthorizationPolicy`, `RateLimitPolicy`, `HTTPRoute`, `HeaderRoutePolicy`",
        "warning TG1005 p.yaml:12:7: `VirtualService` of `networking.istio.io/v1` is passed over = what it says does not hold in this filter; Tollgate compiles `RequestAuthentication`, `AuthorizationPolicy`, `RateLimitPolicy`, `HTTPRoute`, `HeaderRoutePolicy`",
      ],
    },
    {
      name: "nothing but documents for others",
      policies: document("v1", "ConfigMap"),
      finds: [
        "note TG1005 p.yaml:2:7: `ConfigMap` of `v1` is passed over = Tollgate compiles `RequestAuthentication`, `AuthorizationPolicy`, `RateLimitPolicy`, `HTTPRoute`, `HeaderRoutePolicy`",
        "error TG1003: there is no policy to compile = a policy is a YAML document (`.yaml` or `.yml`) of one of the kinds `RequestAuthentication`, `AuthorizationPolicy`, `RateLimitPolicy`, `HTTPRoute`, `HeaderRoutePolicy`",
      ],
    },
    {
      name: "documents of other commands",
      policies: `${good}---\n${document("tollgate.dev/v1alpha1", "PolicyTest")}---\n${document("gateway.networking.k8s.io/v1", "Gateway")}`,
      finds: [],
    },
    {
      name: "ApiKeyPolicy, not yet",
      policies: document("tollgate.dev/v1alpha1", "ApiKeyPolicy"),
      finds: [
        "error TG2006 p.yaml:2:7: `ApiKeyPolicy` is not supported yet = nothing would ask for keys without it: compare them in an `AuthorizationPolicy`, with `when` on `request.headers[x-api-key]`",
      ],
    },
    {
      name: "neither version nor kind",
      policies: "metadata: { name: a }\n",
      finds: [
        "error TG2005 p.yaml:1:1: the field `apiVersion` is missing = every policy document starts with `apiVersion:` and `kind:`",
        "error TG2005 p.yaml:1:1: the field `kind` is missing = every policy document starts with `apiVersion:` and `kind:`",
      ],
    },
    {
      name: "a misspelt header",
      policies: "apiversion: v1\nKind: x\n",
      finds: [
        "error TG2005 p.yaml:1:1: the field `apiVersion` is missing ^ did you mean `apiVersion`? = every policy document starts with `apiVersion:` and `kind:`",
        "error TG2005 p.yaml:2:1: the field `kind` is missing ^ did you mean `kind`? = every policy document starts with `apiVersion:` and `kind:`",
      ],
    },
    {
      name: "a version that is a number",
      policies: "apiVersion: 1\nkind: [x]\n",
      finds: [
        'error TG2004 p.yaml:1:13: expected a string, found a number = quote it: "1"',
        "error TG2004 p.yaml:2:7: expected a string, found a list",
      ],
    },
  ]);
});

describe("metadata and the top", () => {
  const of = (metadata: string): string =>
    `apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n${metadata}`;
  pin([
    {
      name: "a minimal policy",
      policies: of("metadata: { name: a }\n"),
      finds: [
        "warning TG3012 p.yaml:1:1: an ALLOW policy without rules lets nothing by = what no other ALLOW policy lets by is refused; `rules: [{}]` lets everything by",
      ],
    },
    {
      name: "no metadata",
      policies: of(""),
      finds: [
        "error TG2005 p.yaml:1:1: the field `metadata` is missing = add `metadata`: name and namespace",
      ],
    },
    {
      name: "metadata is a text",
      policies: of("metadata: a\n"),
      finds: ["error TG2004 p.yaml:3:11: expected a mapping, found a string"],
    },
    {
      name: "no name",
      policies: of("metadata: { namespace: shop }\n"),
      finds: ["error TG2005 p.yaml:3:11: the field `name` is missing = add `name`: the policy's name"],
    },
    {
      name: "a name without value",
      policies: of("metadata:\n  name:\n"),
      finds: ["error TG2004 p.yaml:4:8: expected a string, found nothing"],
    },
    {
      name: "a number as name",
      policies: of("metadata: { name: 7 }\n"),
      finds: ['error TG2004 p.yaml:3:19: expected a string, found a number = quote it: "7"'],
    },
    {
      name: "upper case",
      policies: of("metadata: { name: Admin, namespace: Shop }\n"),
      finds: [
        "error TG3009 p.yaml:3:19: `Admin` is not a name = use lower-case letters, digits, `-` and `.`, as Kubernetes does, and at most 253 of them",
        "error TG3009 p.yaml:3:37: `Shop` is not a name = use lower-case letters, digits, `-` and `.`, as Kubernetes does, and at most 253 of them",
      ],
    },
    {
      name: "a name that would break out of comments and logs",
      policies: of('metadata: { name: "a*/\\n\\e[31mb" }\n'),
      finds: [
        "error TG3009 p.yaml:3:19: `a*/\\n\\u001b[31mb` is not a name = use lower-case letters, digits, `-` and `.`, as Kubernetes does, and at most 253 of them",
      ],
    },
    {
      name: "a name that turns the reading direction",
      policies: of('metadata: { name: "a\\u202eb" }\n'),
      finds: [
        "error TG3009 p.yaml:3:19: `a\\u202eb` is not a name = use lower-case letters, digits, `-` and `.`, as Kubernetes does, and at most 253 of them",
      ],
    },
    {
      name: "a name that is a path",
      policies: of("metadata: { name: ../../etc/passwd }\n"),
      finds: [
        "error TG3009 p.yaml:3:19: `../../etc/passwd` is not a name = use lower-case letters, digits, `-` and `.`, as Kubernetes does, and at most 253 of them",
      ],
    },
    {
      name: "an endless name",
      policies: of(`metadata: { name: ${"a".repeat(300)} }\n`),
      finds: [
        "error TG3009 p.yaml:3:19: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…` is not a name = use lower-case letters, digits, `-` and `.`, as Kubernetes does, and at most 253 of them",
      ],
    },
    {
      name: "an empty name",
      policies: of('metadata: { name: "" }\n'),
      finds: [
        'error TG3009 p.yaml:3:19: `""` is not a name = use lower-case letters, digits, `-` and `.`, as Kubernetes does, and at most 253 of them',
      ],
    },
    {
      name: "unknown fields at the top",
      policies: of("metadata: { name: a }\nspce: {}\nfoo: 1\n"),
      finds: [
        "error TG2003 p.yaml:4:1: unknown field `spce` ^ did you mean `spec`? = the fields here are `apiVersion`, `kind`, `metadata`, `spec`, `status`",
        "error TG2003 p.yaml:5:1: unknown field `foo` = the fields here are `apiVersion`, `kind`, `metadata`, `spec`, `status`",
      ],
    },
    {
      name: "labels and status are for others",
      policies: of(
        "metadata: { name: a, labels: { x: y }, uid: z }\nstatus: { x: 1 }\nspec: { rules: [{}] }\n",
      ),
      finds: [],
    },
    {
      name: "a spec without value",
      policies: of("metadata: { name: a }\nspec:\n"),
      finds: ["error TG2004 p.yaml:4:6: expected a mapping, found nothing"],
    },
    {
      name: "a spec that is a list",
      policies: of("metadata: { name: a }\nspec: [1]\n"),
      finds: ["error TG2004 p.yaml:4:7: expected a mapping, found a list"],
    },
    {
      name: "no spec where one is needed",
      policies: document("tollgate.dev/v1alpha1", "RateLimitPolicy"),
      finds: ["error TG2005 p.yaml:1:1: the field `spec` is missing = add `spec`: what the policy says"],
    },
    {
      name: "no spec in the second document",
      policies: `${good}---\n${document("tollgate.dev/v1alpha1", "HeaderRoutePolicy")}`,
      finds: ["error TG2005 p.yaml:7:1: the field `spec` is missing = add `spec`: what the policy says"],
    },
    {
      name: "a misspelt spec",
      policies: document("tollgate.dev/v1alpha1", "RateLimitPolicy", "spce: {}\n"),
      finds: [
        "error TG2003 p.yaml:4:1: unknown field `spce` ^ did you mean `spec`? = the fields here are `apiVersion`, `kind`, `metadata`, `spec`, `status`",
      ],
    },
    {
      name: "a dry run",
      policies: of('metadata: { name: a, annotations: { istio.io/dry-run: "true" } }\n'),
      finds: [],
    },
    {
      name: "no dry run",
      policies: of(
        'metadata: { name: a, annotations: { istio.io/dry-run: "false", x: y } }\nspec: { rules: [{}] }\n',
      ),
      finds: [],
    },
    {
      name: "a dry run by alias",
      policies: of('status: &a { istio.io/dry-run: "true" }\nmetadata: { name: a, annotations: *a }\n'),
      finds: [],
    },
    {
      name: "a dry run in words that Istio cannot read",
      policies: of('metadata: { name: a, annotations: { istio.io/dry-run: "yes" } }\n'),
      finds: [
        'error TG2007 p.yaml:3:55: `yes` is neither yes nor no = write "true" to try the policy out, or "false"; Istio enforces what it cannot read',
      ],
    },
    {
      name: "names of JavaScript's own",
      policies: of(
        "metadata: { name: a, __proto__: { x: 1 } }\n__proto__: { spec: 1 }\nconstructor: 1\ntoString: 1\nspec: { hasOwnProperty: 1 }\n",
      ),
      finds: [
        "error TG2003 p.yaml:4:1: unknown field `__proto__` = the fields here are `apiVersion`, `kind`, `metadata`, `spec`, `status`",
        "error TG2003 p.yaml:5:1: unknown field `constructor` = the fields here are `apiVersion`, `kind`, `metadata`, `spec`, `status`",
        "error TG2003 p.yaml:6:1: unknown field `toString` = the fields here are `apiVersion`, `kind`, `metadata`, `spec`, `status`",
        "error TG2003 p.yaml:7:9: unknown field `hasOwnProperty` = the fields here are `action`, `rules`, `selector`, `targetRefs`, `targetRef`",
      ],
    },
    {
      name: "keys that are no texts",
      policies: of("metadata: { name: a }\n1: x\n? [a, b]\n: y\nnull: z\n"),
      finds: [
        'error TG2004 p.yaml:4:1: expected a string, found a number = quote it: "1"',
        "error TG2004 p.yaml:5:3: expected a string, found a list",
        "error TG2004 p.yaml:7:1: expected a string, found nothing",
      ],
    },
  ]);
});

describe("several documents", () => {
  pin([
    {
      name: "the same name twice in one file",
      policies: `${good}---\n${good}`,
      finds: [
        "error TG3001 p.yaml:9:19: the AuthorizationPolicy `default/a` is there twice = rename one of them; the other is in p.yaml:3",
      ],
    },
    {
      name: "the same name in two files",
      policies: { "a.yaml": good, "b/c.yaml": good },
      finds: [
        "error TG3001 b/c.yaml:3:19: the AuthorizationPolicy `default/a` is there twice = rename one of them; the other is in a.yaml:3",
      ],
    },
    {
      name: "the same name in another namespace",
      policies: `${good}---\n${good.replace("name: a", "name: a, namespace: shop")}`,
      finds: [],
    },
    {
      name: "the default namespace, written out",
      policies: `${good}---\n${good.replace("name: a", "name: a, namespace: default")}`,
      finds: [
        "error TG3001 p.yaml:9:19: the AuthorizationPolicy `default/a` is there twice = rename one of them; the other is in p.yaml:3",
      ],
    },
    {
      name: "the same name of another kind",
      policies: `${good}---\n${rateLimit("  limits: { l: { rates: [{ limit: 1, window: 1s }], scope: worker } }\n")}`,
      finds: [],
    },
    {
      name: "two bundles",
      policies: { "a.yaml": bundle("  {}\n"), "b.yaml": document("tollgate.dev/v1alpha1", "Bundle") },
      finds: [
        "error TG3001 b.yaml:3:19: there is more than one `Bundle` document = merge it with the one in a.yaml:9, or give the commands one bundle at a time",
      ],
    },
    {
      name: "faults of several files, in order",
      policies: { "b.yaml": authorization("  action: Deny\n"), "a.yaml": authorization("  actoin: DENY\n") },
      finds: [
        "error TG3001 a.yaml:3:19: the AuthorizationPolicy `default/a` is there twice = rename one of them; the other is in b.yaml:3",
        "error TG2003 a.yaml:5:3: unknown field `actoin` ^ did you mean `action`? = the fields here are `action`, `rules`, `selector`, `targetRefs`, `targetRef`",
        "error TG2007 b.yaml:5:11: expected one of `ALLOW`, `DENY`, `AUDIT`, found `Deny` ^ did you mean `DENY`?",
      ],
    },
  ]);
});

describe("everything at once", () => {
  pin([
    {
      name: "ten faults, ten findings, in order",
      policies: authorization(`  action: Alow
  selector: { matchLabels: { app: "*" } }
  rules:
    - from: [{ source: { ipBlocks: [10.0.0.0/33], serviceAccounts: [a*] } }]
    - to: [{ operation: { path: [/a], methods: GET, paths: [] } }]
    - to: [{ operation: {} }]
    - when: [{ key: request.header, values: [a] }, { values: [b] }]
`),
      finds: [
        "error TG2007 p.yaml:5:11: expected one of `ALLOW`, `DENY`, `AUDIT`, found `Alow` ^ did you mean `ALLOW`?",
        "error TG2007 p.yaml:6:35: `*` is not a label's value = use letters, digits, `-`, `_` and `.`, at most 63 of them; there are no wildcards",
        "error TG3002 p.yaml:8:37: `10.0.0.0/33` is not an address or CIDR block: the prefix length must be 0 to 32 = write an address such as `10.1.2.3` or `2001:db8::1`, or a block such as `10.0.0.0/8`; Istio drops such a value without a word",
        "error TG2007 p.yaml:8:69: service accounts take no wildcard = write `principals` with a wildcard instead, such as `cluster.local/ns/shop/sa/*`",
        "error TG2003 p.yaml:9:27: unknown field `path` ^ did you mean `paths`? = the fields here are `hosts`, `notHosts`, `ports`, `notPorts`, `methods`, `notMethods`, `paths`, `notPaths`",
        "error TG2004 p.yaml:9:48: expected a list, found a string = write it as a list: [GET]",
        "error TG2008 p.yaml:9:60: this list is empty = name at least one entry, or leave the field out where it may be absent",
        "error TG2005 p.yaml:10:25: this `operation` says nothing = name at least one field of `operation`, or leave the entry out to match every request",
        "error TG2007 p.yaml:11:21: unknown condition key `request.header` ^ did you mean `request.headers[NAME]`? = Istio leaves a rule with such a key out without a word",
        "error TG2005 p.yaml:11:52: the field `key` is missing = add `key`: the attribute, such as `request.headers[x-user]`",
      ],
    },
  ]);
});
