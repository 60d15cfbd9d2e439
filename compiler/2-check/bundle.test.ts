// What a Bundle document says: workloads, what they may cost, paths, refusals.
import { describe } from "@jest/globals";
import { pin } from "../testing/pin.ts";
import { bundle } from "../testing/policies.ts";

describe("Bundle", () => {
  pin([
    {
      name: "what it may say",
      policies: bundle(`  workloads:
    - { name: orders, namespace: default, labels: { app: orders, example.com/tier: "1", empty: "" } }
    - { name: stock }
  budget: { hostCalls: 60, wasmBytes: 100000 }
  pathNormalization: MERGE_SLASHES
  rateLimitService: { cluster: counts, address: "counts.shop.test:8081", timeout: 50ms, domain: edge }
  responses:
    denied: { status: 404, body: no }
    unauthenticated: { status: 401 }
    limited: { body: slow }
`),
      finds: [],
    },
    {
      name: "statuses out of range and wrong types",
      policies: bundle(
        "  responses:\n    denied: { status: 200, body: 3 }\n    limited: { status: '429', headers: {} }\n",
      ),
      finds: [
        "error TG2007 p.yaml:12:23: expected a whole number from 400 to 599, found `200`",
        'error TG2004 p.yaml:12:34: expected a string, found a number = quote it: "3"',
        "error TG2004 p.yaml:13:24: expected a whole number from 400 to 599, found a string = write it without quotes: 429",
        "error TG2003 p.yaml:13:31: unknown field `headers` = the fields here are `status`, `body`",
      ],
    },
    {
      name: "no workload",
      policies: bundle("  workloads: []\n"),
      finds: [
        "error TG2008 p.yaml:11:14: this list is empty = name at least one entry, or leave the field out where it may be absent",
      ],
    },
    {
      name: "workloads that share a name, also where their namespaces differ",
      policies: bundle("  workloads: [{ name: a }, { name: b }, { name: a, namespace: shop }]\n"),
      finds: [
        "error TG3001 p.yaml:11:49: the workload `a` is there twice = filters are called after their workloads: rename one, also where the namespaces differ",
      ],
    },
    {
      name: "names that are none, and that would lead out of the folder",
      policies: bundle(
        `  workloads: [{ name: Orders }, { name: a.b }, { name: ../x }, { name: "" }, { name: ${"a".repeat(64)} }, { name: a, namespace: a/b }, { namespace: a }]\n`,
      ),
      finds: [
        "error TG3009 p.yaml:11:23: `Orders` is not a name = use lower-case letters, digits and `-`, and at most 63 of them",
        "error TG3009 p.yaml:11:41: `a.b` is not a name = use lower-case letters, digits and `-`, and at most 63 of them",
        "error TG3009 p.yaml:11:56: `../x` is not a name = use lower-case letters, digits and `-`, and at most 63 of them",
        'error TG3009 p.yaml:11:72: `""` is not a name = use lower-case letters, digits and `-`, and at most 63 of them',
        "error TG3009 p.yaml:11:86: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is not a name = use lower-case letters, digits and `-`, and at most 63 of them",
        "error TG3009 p.yaml:11:176: `a/b` is not a name = use lower-case letters, digits and `-`, and at most 63 of them",
        "error TG2005 p.yaml:11:183: the field `name` is missing = add `name`: the workload's name, and its VM's: the filter is `<bundle>.<name>.wasm`",
      ],
    },
    {
      name: "names that are too long together",
      policies: bundle(`  workloads: [{ name: ${"b".repeat(60)} }]\n`).replace(
        /a }(?=\nspec:\n {2}workloads)/,
        `${"a".repeat(150)} }`,
      ),
      finds: [
        "error TG3009 p.yaml:11:23: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…` is too long for a file's name = the names of bundle and workload together may have 199 characters",
      ],
    },
    {
      name: "labels that no workload can carry",
      policies: bundle(
        '  workloads: [{ name: a, labels: { app: "*", "-x": y, n: 1, "a/b/c": z } }, { name: b, labels: [a] }]\n',
      ),
      finds: [
        "error TG2007 p.yaml:11:41: `*` is not a label's value = use letters, digits, `-`, `_` and `.`, at most 63 of them; there are no wildcards",
        "error TG2007 p.yaml:11:46: `-x` is not a label's key = use letters, digits, `-`, `_` and `.`, at most 63 of them, behind a prefix such as `example.com/` where there is one",
        'error TG2004 p.yaml:11:58: expected a string, found a number = quote it: "1"',
        "error TG2007 p.yaml:11:61: `a/b/c` is not a label's key = use letters, digits, `-`, `_` and `.`, at most 63 of them, behind a prefix such as `example.com/` where there is one",
        "error TG2004 p.yaml:11:96: expected a mapping, found a list = write a mapping, such as { app: orders }",
      ],
    },
    {
      name: "budgets that are none",
      policies: bundle("  budget: { hostCalls: -1, wasmBytes: 16K, memory: 1 }\n"),
      finds: [
        "error TG2007 p.yaml:11:24: expected a whole number from 0 to 10000, found `-1`",
        "error TG2004 p.yaml:11:39: expected a whole number from 1 to 1000000000, found a string = write the number alone: 16",
        "error TG2003 p.yaml:11:44: unknown field `memory` = the fields here are `hostCalls`, `wasmBytes`",
      ],
    },
    {
      name: "a normalisation of Envoy's own words",
      policies: bundle("  pathNormalization: merge_slashes\n"),
      finds: [
        "error TG2007 p.yaml:11:22: expected one of `NONE`, `BASE`, `MERGE_SLASHES`, `DECODE_AND_MERGE_SLASHES`, found `merge_slashes` ^ did you mean `MERGE_SLASHES`?",
      ],
    },
    {
      name: "a name too long for a file",
      policies: bundle("  {}\n").replace(/a }(?=\nspec:\n {2}\{\})/, `${"a".repeat(201)} }`),
      finds: [
        "error TG3009 p.yaml:9:19: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…` is not a name = use lower-case letters, digits, `-` and `.`, as Kubernetes does, and at most 200 of them",
      ],
    },
  ]);
});

describe("rateLimitService", () => {
  pin([
    {
      name: "a service without a cluster",
      policies: bundle("  rateLimitService: {}\n"),
      finds: [
        "error TG2005 p.yaml:11:21: the field `cluster` is missing = add `cluster`: the name of Envoy's cluster of it, which speaks HTTP/2",
      ],
    },
    {
      name: "names that are none",
      policies: bundle('  rateLimitService: { cluster: "", domain: "a b" }\n'),
      finds: [
        'error TG3009 p.yaml:11:32: `""` is not a cluster\'s name = use up to 255 letters, digits and signs of ASCII, without white space',
        "error TG3009 p.yaml:11:44: `a b` is not a domain's name = use up to 255 letters, digits and signs of ASCII, without white space",
      ],
    },
    ...[
      '"8081"',
      '"counts"',
      '"counts:0"',
      '"counts:65536"',
      '"::1:8081"',
      '"[::g]:8081"',
      '"1:8081"',
      '"http://a:1"',
    ].map((address) => ({
      name: `the address ${address}`,
      policies: bundle(`  rateLimitService: { cluster: a, address: ${address} }\n`),
      finds: [
        `error TG3002 p.yaml:11:44: \`${address.slice(1, -1)}\` is not where a service listens = write host and port, such as \`ratelimit.shop.test:8081\` or \`127.0.0.1:8081\``,
      ],
    })),
    ...['"0ms"', '"20"', '"11s"', '"1.5s"'].map((timeout) => ({
      name: `the timeout ${timeout}`,
      policies: bundle(`  rateLimitService: { cluster: a, timeout: ${timeout} }\n`),
      finds: [
        `error TG3005 p.yaml:11:44: \`${timeout.slice(1, -1)}\` is no time to wait for the service = write a number and a unit, such as \`20ms\`: from 1ms to 10s`,
      ],
    })),
  ]);
});
