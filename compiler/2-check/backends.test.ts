// The clusters that a bundle says policies may send requests to.
import { describe, expect } from "@jest/globals";
import { pin } from "../testing/pin.ts";
import { bundle } from "../testing/policies.ts";

const ORIGIN = "write scheme, host and port, such as `http://127.0.0.1:9001` or `https://orders.shop.test`";

describe("backends", () => {
  pin([
    {
      name: "origins by the names of clusters",
      policies: bundle(
        '  backends: { shop/orders:8080: "http://127.0.0.1:9001", v2: "https://v2.shop.test", six: "http://[::1]:80/" }\n',
      ),
      finds: [],
    },
    {
      name: "no backend",
      policies: bundle("  backends: {}\n"),
      finds: ["error TG2008 p.yaml:11:13: this mapping is empty = name at least one entry"],
    },
    {
      name: "a list",
      policies: bundle("  backends: [a]\n"),
      finds: [
        'error TG2004 p.yaml:11:13: expected a mapping, found a list = write a mapping, such as { shop/orders:8080: "http://127.0.0.1:9001" }',
      ],
    },
    {
      name: "a port alone",
      policies: bundle("  backends: { a: 8080 }\n"),
      finds: ['error TG2004 p.yaml:11:18: expected a string, found a number = quote it: "8080"'],
    },
    {
      name: "a cluster twice",
      policies: bundle('  backends: { a: "http://a.test", a: "http://b.test" }\n'),
      finds: [expect.stringMatching(/^error TG1001 p.yaml:11:35: .*twice/)],
    },
    {
      name: "names that no request header carries, and those of other clusters",
      policies: bundle(
        '  backends: { "a b": "http://a.test", "": "http://a.test", ä: "http://a.test", tollgate_x: "http://a.test", r: "http://a.test", ingress.upstream: "http://a.test" }\n  rateLimitService: { cluster: r }\n',
      ),
      finds: [
        ...[
          ["15", "`a b`"],
          ["39", '`""`'],
          ["60", "`ä`"],
        ].map(
          ([column, name]) =>
            `error TG3009 p.yaml:11:${column}: ${name} is not a cluster's name = use up to 255 letters, digits and signs of ASCII, without white space; a Kubernetes Service's is \`NAMESPACE/SERVICE:PORT\``,
        ),
        ...[
          ["80", "tollgate_x"],
          ["109", "r"],
          ["129", "ingress.upstream"],
        ].map(
          ([column, name]) =>
            `error TG3009 p.yaml:11:${column}: \`${name}\` is another cluster's name = names that begin with \`tollgate_\`, \`ingress.upstream\` and the name of the rate limit service are taken: rename it here and in the policies`,
        ),
      ],
    },
    ...(
      [
        ["a.test", "it does not begin with `http://` or `https://`"],
        ["tcp://a.test:1", "it does not begin with `http://` or `https://`"],
        ["http://a.test/v2", "requests bring their own path"],
        ["http://a.test?", "requests bring their own path"],
        ["http://u:p@a.test", "it holds a user name or a password"],
        ["http://a.test:0", "0 is no port"],
        ["http://a.test:65536", "it is no address"],
        ["http://", "it is no address"],
        ["http://a b", "it holds white space or characters that need escapes"],
        ["http://2130706433:1", "it would be read as `127.0.0.1:1`"],
      ] as const
    ).map(([url, why]) => ({
      name: `\`${url}\``,
      policies: bundle(`  backends: { a: "${url}" }\n`),
      finds: [`error TG3107 p.yaml:11:18: \`${url}\` is not where a backend is: ${why} = ${ORIGIN}`],
    })),
  ]);
});
