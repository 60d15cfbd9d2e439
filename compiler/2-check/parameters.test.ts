// What a bundle says of its parameters, and where policies may use them.
import { describe, expect, test } from "@jest/globals";
import { checkPolicies } from "../testing/findings.ts";
import { pin } from "../testing/pin.ts";
import { headerRoute } from "../testing/policies.ts";

const declared = (parameters: string): string => `apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: shop }
spec:
  parameters:
${parameters}
---
`;

const limit = (fields: string): string => `apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: fair }
spec:
  limits:
    api:
${fields}
`;

const burst = "    burst: { type: integer, default: 20 }";
const rates = '      rates: [{ limit: 60, window: 1m, burst: "${burst}" }]';

describe("declarations", () => {
  pin([
    {
      name: "all they may say",
      policies:
        declared(`    burst: { type: integer, minimum: 1, maximum: 100, default: 20, description: at once }
    window: { type: duration, default: 1m }
    why: { type: string }`) +
        limit(`      rates:
        - limit: 60
          window: \${window}
          burst: \${burst}
      onLimit: { body: "\${why}" }`),
      finds: [],
    },
    {
      name: "no type, an unknown one, and none at all",
      policies:
        declared("    a: { default: 1 }\n    b: { type: number }\n    c: 1") +
        limit("      rates: [{ limit: 1, window: 1s }]"),
      finds: [
        "error TG2005 p.yaml:6:8: the field `type` is missing = add `type`: what its values are",
        "error TG2007 p.yaml:7:16: expected one of `integer`, `duration`, `string`, found `number`",
        "error TG2004 p.yaml:8:8: expected a mapping, found a number = write a mapping, such as { type: integer, default: 20 }",
      ],
    },
    {
      name: "defaults of another type, or out of bounds",
      policies:
        declared(`    a: { type: integer, default: "20" }
    b: { type: integer, default: 1.5 }
    c: { type: integer, maximum: 10, default: 20 }
    d: { type: duration, default: 60 }
    e: { type: duration, default: 40000d }
    f: { type: string, default: 1 }
    g: { type: string, minimum: 1, default: "" }
    h: { type: integer, minimum: 5, maximum: 4 }`) + limit("      rates: [{ limit: 1, window: 1s }]"),
      finds: [
        "error TG4010 p.yaml:6:34: this is no default of `a`: expected a whole number from 0 to 1000000000 = a default is a value that the configuration could give as well",
        "error TG4010 p.yaml:7:34: this is no default of `b`: expected a whole number from 0 to 1000000000 = a default is a value that the configuration could give as well",
        "error TG4010 p.yaml:8:47: this is no default of `c`: expected a whole number from 0 to 10 = a default is a value that the configuration could give as well",
        "error TG4010 p.yaml:9:35: this is no default of `d`: expected a duration such as `1m` or `1h30m` = a default is a value that the configuration could give as well",
        "error TG4010 p.yaml:10:35: this is no default of `e`: expected a duration such as `1m` or `1h30m` = a default is a value that the configuration could give as well",
        "error TG4010 p.yaml:11:33: this is no default of `f`: expected a string of at most 4096 bytes = a default is a value that the configuration could give as well",
        "error TG4010 p.yaml:12:24: a `string` has no `minimum` = leave it out; only integers are bounded",
        "error TG4010 p.yaml:13:46: no number is 5 or more, and 4 or less = swap the two bounds",
      ],
    },
    {
      name: "names, and what nothing uses",
      policies:
        declared('    1st: { type: integer, default: 1 }\n    "a}": { type: string, default: "" }') +
        limit("      rates: [{ limit: 1, window: 1s }]"),
      finds: [
        "error TG3009 p.yaml:6:5: `1st` is not a parameter's name = use letters, digits, `-` and `_`, a letter first, and at most 63 of them",
        "error TG3009 p.yaml:7:5: `a}` is not a parameter's name = use letters, digits, `-` and `_`, a letter first, and at most 63 of them",
      ],
    },
    {
      name: "one that nothing uses",
      policies: declared(burst) + limit("      rates: [{ limit: 1, window: 1s }]"),
      finds: [
        'warning TG4009 p.yaml:6:5: nothing uses the parameter `burst` = write "${burst}" where its value is to stand, or remove it; configurations that give it are refused',
      ],
    },
  ]);
});

describe("uses", () => {
  pin([
    {
      name: "a name that is nobody's, and one without any",
      policies: {
        "a.yaml": declared(burst) + limit(`${rates}\n      cost: \${brust}`),
      },
      finds: [
        "error TG4007 a.yaml:15:13: there is no parameter `brust` ^ did you mean `burst`? = the bundle's parameters are `burst`",
      ],
    },
    {
      name: "without a Bundle document",
      policies: limit(rates),
      finds: [
        "error TG4007 p.yaml:7:47: there is no parameter `burst` = declare it in the bundle's `Bundle` document, under `spec.parameters`",
      ],
    },
    {
      name: "before the document that declares it",
      policies: `${limit(rates)}---\n${declared(burst).replace("---\n", "")}`,
      finds: [],
    },
    {
      name: "without quotes inside of braces",
      policies: declared(burst) + limit("      rates: [{ limit: 60, window: 1m, burst: ${burst} }]"),
      finds: [
        expect.stringMatching(
          /^error TG1001 p.yaml:14:\d+: this is not valid YAML: .* = inside `\[ \]` and `\{ \}` it must be quoted: "\$\{burst\}"$/,
        ),
      ],
    },
    {
      name: "another type",
      policies:
        declared(`${burst}\n    why: { type: string, default: no }`) +
        limit(
          `      rates: [{ limit: "\${why}", window: "\${burst}" }]\n      onLimit: { body: "\${burst}", status: "\${why}" }`,
        ),
      finds: [
        "error TG2004 p.yaml:15:24: here stands a parameter of the type `integer`, and `why` is one of `string` = declare a parameter of its own for this place, or write the value",
        "error TG2004 p.yaml:15:42: here stands a parameter of the type `duration`, and `burst` is one of `integer` = declare a parameter of its own for this place, or write the value",
        "error TG2004 p.yaml:16:24: here stands a parameter of the type `string`, and `burst` is one of `integer` = declare a parameter of its own for this place, or write the value",
        "error TG2004 p.yaml:16:44: here stands a parameter of the type `integer`, and `why` is one of `string` = declare a parameter of its own for this place, or write the value",
      ],
    },
    {
      name: "a default that does not fit the place",
      policies:
        declared(burst) +
        limit(`      rates: [{ limit: 60, window: 1m }]\n      onLimit: { status: "\${burst}" }`),
      finds: [
        "error TG2007 p.yaml:15:26: expected a whole number from 400 to 599, and the default 20 of `burst` is none = change its declaration in the `Bundle` document, or declare another parameter for this place",
      ],
    },
    {
      name: "no value that fits the place",
      policies:
        declared("    status: { type: integer, maximum: 300 }") +
        limit(`      rates: [{ limit: 60, window: 1m }]\n      onLimit: { status: "\${status}" }`),
      finds: [
        "error TG2007 p.yaml:15:26: expected a whole number from 400 to 599, and every value of `status` is none = change its declaration in the `Bundle` document, or declare another parameter for this place",
      ],
    },
    {
      name: "defaults that do not go together",
      policies:
        declared(`${burst}\n    cost: { type: integer, default: 21 }`) +
        limit(`${rates}\n      cost: \${cost}`),
      finds: [
        "error TG3006 p.yaml:15:47: a request costs 21, but the bucket holds only 20 ^ no request would ever pass = raise `burst` to at least 21, or lower `cost`",
      ],
    },
    {
      name: "where what stands is compiled in",
      policies:
        declared(`${burst}\n    user: { type: string, default: x-user }`) +
        limit(`${rates}
      key: [{ header: "\${user}" }]
      maxKeys: \${burst}
      scope: \${user}
      algorithm: \${else}
      when: [{ predicate: "\${user}" }]`),
      finds: [16, 17, 18, 19, 20].map((line) =>
        expect.stringMatching(
          new RegExp(
            `^error TG4008 p.yaml:${line}:\\d+: a parameter cannot stand here: what does is compiled in = write the value itself; `,
          ),
        ),
      ),
    },
    {
      name: "as a part of a text",
      policies:
        declared(`${burst}\n    who: { type: string, default: ann }`) +
        limit(
          `${rates}\n      onLimit: { body: "slow down, \${who}" }\n      when: [{ predicate: "request.headers['\${who}'] == 'a'" }]`,
        ) +
        `---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: a }
spec: { action: DENY, rules: [{ to: [{ operation: { paths: ["/\${who}/*", "/else"] } }] }] }
`,
      finds: [
        expect.stringMatching(
          /^error TG4008 p.yaml:16:24: `\$\{who\}` is a part of this text, and would stay as it is = a parameter is a whole value, never a part of one: /,
        ),
        expect.stringMatching(/^error TG4008 p.yaml:17:27: `\$\{who\}` is a part of this text/),
        expect.stringMatching(/^error TG4008 p.yaml:22:61: `\$\{who\}` is a part of this text/),
      ],
    },
    {
      name: "a default that no header can have, beside an expression",
      policies: `${declared('    version: { type: string, default: "v1 " }')}${headerRoute(
        '  rules: [{ request: { set: [{ name: x-a, value: "${version}" }, { name: x-b, value: "${request.host}" }] } }]',
      )}`,
      finds: [
        "error TG3004 p.yaml:12:50: the default of `version` cannot be a header's value: it begins or ends with white space = change its declaration in the `Bundle` document, or declare another parameter for this place",
      ],
    },
    {
      name: "weights that may be nothing",
      policies: `${declared("    a: { type: integer, default: 0 }\n    b: { type: integer }")}${headerRoute(
        '  rules: [{ split: { arms: [{ name: v1, weight: "${a}" }, { name: v2, weight: "${b}" }] } }]',
      )}
---
${headerRoute('  rules: [{ split: { arms: [{ name: v1, weight: "${a}" }] } }]').replace("{ name: a }", "{ name: b }")}`,
      finds: [
        "error TG3007 p.yaml:19:22: the weights of this split add up to zero = give at least one arm a weight above zero",
      ],
    },
    {
      name: "of a mesh, whose service is told beforehand",
      policies:
        declared(burst).replace("  parameters", "  rateLimitService: { cluster: counts }\n  parameters") +
        limit(
          `      scope: mesh\n      algorithm: fixedWindow\n      rates: [{ limit: "\${burst}", window: 1m }]`,
        ),
      finds: [
        "error TG4008 p.yaml:17:24: the service of a `mesh` is told of rates beforehand = write the value: `tollgate export ratelimit-config` tells the service, and no filter can change it",
      ],
    },
  ]);

  test("more than a filter notes", () => {
    const names = Array.from({ length: 65 }, (_, i) => `p${i}`);
    const limits = names
      .map((name) => `    ${name}:\n      rates: [{ limit: "\${${name}}", window: 1m }]`)
      .join("\n");
    const { diagnostics } = checkPolicies(
      declared(names.map((name) => `    ${name}: { type: integer, default: 1 }`).join("\n")) +
        limit("").replace("    api:\n\n", `${limits}\n`),
    );
    expect(diagnostics.map(({ message }) => message)).toEqual([
      "65 parameters are too many: a filter has at most 64",
    ]);
  });
});
