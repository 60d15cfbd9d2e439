// What a real Envoy makes of the same patterns: which texts match, byte for byte, and which templates it refuses.
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { EnvoyFailed } from "../../envoy/index.ts";
import { acceptedBy, buildDfa } from "./dfa.ts";
import { isFault } from "./fault.ts";
import type { PatternFault } from "./fault.ts";
import { parseRe2 } from "./re2.ts";
import type { Regex } from "./regex.ts";
import { parseTemplate } from "./template.ts";
import { canBeHeader, canBePath, regexRoute, templateRoute, withEnvoy } from "./testing/envoy-matchers.ts";
import type { Question } from "./testing/envoy-matchers.ts";
import { re2Patterns } from "./testing/re2-patterns.ts";
import { nearMisses } from "./testing/regexes.ts";
import { witnesses } from "./witnesses.ts";

function regexOf(pattern: string, parsed: Regex | PatternFault): Regex {
  if (isFault(parsed)) throw new Error(`${pattern}: ${parsed.fault}`);
  return parsed;
}

/** For each pattern its witnesses, their near misses and the other texts, as far as Envoy can be asked; and what we say. */
function questionsFor(
  regexes: readonly Regex[],
  others: readonly string[],
  possible: (text: string) => boolean,
): { pattern: number; text: string; matches: boolean }[] {
  return regexes.flatMap((regex, pattern) => {
    const dfa = buildDfa([regex], { maxStates: 5_000 });
    if (dfa === undefined) throw new Error(`pattern ${pattern} is too large`);
    const reached = witnesses(dfa).slice(0, 40);
    const texts = new Set([...others, ...reached, ...reached.slice(-8).flatMap(nearMisses)]);
    return [...texts]
      .filter(possible)
      .map((text) => ({ pattern, text, matches: acceptedBy(dfa, text).length > 0 }));
  });
}

const written = [
  ...[
    "a.b",
    "a..b",
    "a\\Cb",
    "é",
    "é+",
    "(?i)é",
    "\\x{e9}",
    "\\xe9",
    "[^a]",
    "(?i)k",
    "(?i)s",
    "(?s).",
    "\\pL",
  ],
  ...[
    "[é]",
    "[\\x80-\\xff]+",
    "\\p{Greek}",
    "(?i)\\p{Greek}",
    "(?i)\\p{Lu}+",
    "\\PL",
    "(?i)[^É]",
    "[[:^alpha:]]{2}",
  ],
  ...[
    "\\W",
    "\\S+",
    "\\d+|\\w*",
    "(^a|b)*",
    "x*(^a|b)",
    "(a$|b)(c|)",
    "(^|.*/)foo(/.*|$)",
    "a{,2}",
    "(?:a|ab)(?:c|bcd)",
  ],
  ...[
    "(a?){30}a{30}",
    "a{0}b",
    "(?U)a+?",
    "\\Qa.b*\\E+",
    "[]a]",
    "[a-c-e]",
    "a(?i)*",
    "(a(?i)b|c)d",
    "",
    "()",
    "[^\\x00-\\xff]",
  ],
  ...[
    "https?://[^/]+(/.*)?",
    "Bearer [A-Za-z0-9._~+/-]+=*",
    "(dev|test)-\\d{1,3}",
    "spiffe://.+/ns/x/(.+/|)sa/y(/.+)?",
  ],
].filter((pattern) => pattern !== "");

const texts = [
  ...[
    "",
    "a",
    "b",
    "K",
    "k",
    "s",
    "é",
    "É",
    "a.b",
    "aéb",
    "a€b",
    "€",
    "\u212a",
    "ſ",
    "µ",
    "ß",
    "Ÿ",
    "😀",
  ].map((text) => Buffer.from(text).toString("latin1")),
  ...["\xe9", "\xc9", "\xff", "\x80", "\xb5", "a\xe9b", "\xc3", "\xe3\xa9", "\xc3\xa9\xa9", "a\tb"],
];

describe("safe_regex", () => {
  test("the texts of a header that match, byte for byte", async () => {
    const random = fc
      .sample(re2Patterns, { numRuns: 200, seed: 1 })
      .filter((pattern) => pattern !== "" && !isFault(parseRe2(pattern)));
    const patterns = [...written, ...random];
    const cases = questionsFor(
      patterns.map((pattern) => regexOf(pattern, parseRe2(pattern))),
      texts,
      canBeHeader,
    );
    expect(cases.length).toBeGreaterThan(3_000);
    await withEnvoy(patterns.map(regexRoute), async (ask) => {
      const answers = await ask(cases.map(({ pattern, text }): Question => ({ pattern, header: text })));
      const differing = cases.flatMap(({ pattern, text, matches }, i) =>
        answers[i] === matches ? [] : [{ pattern: patterns[pattern], text, matches }],
      );
      expect(differing).toEqual([]);
    });
  });

  // No header holds a newline, but a filter state can.
  test("newlines", async () => {
    const patterns = [
      "a.b",
      "a\nb",
      "a\\nb",
      "(?s)a.b",
      "a[^x]b",
      "a\\sb",
      "(?m)^a\nb$",
      "a\\Cb",
      "a\\n?$",
      "(?m)a.*",
    ];
    const values = ["a\nb", "a\n", "\na", "a"];
    const policies = patterns.flatMap((regex, i) =>
      values.map((_, j) => [
        `${i}-${j}`,
        {
          permissions: [{ header: { name: "x-text", string_match: { exact: `${i}-${j}` } } }],
          principals: [{ filter_state: { key: `v${j}`, string_match: { safe_regex: { regex } } } }],
        },
      ]),
    );
    const filters = [
      {
        name: "envoy.filters.http.set_filter_state",
        typed_config: {
          "@type": "type.googleapis.com/envoy.extensions.filters.http.set_filter_state.v3.Config",
          on_request_headers: values.map((value, j) => ({
            object_key: `v${j}`,
            factory_key: "envoy.string",
            format_string: { text_format_source: { inline_string: value } },
          })),
        },
      },
      {
        name: "envoy.filters.http.rbac",
        typed_config: {
          "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
          rules: { action: "ALLOW", policies: Object.fromEntries(policies) as object },
        },
      },
    ];
    const cases = patterns.flatMap((pattern, i) => {
      const dfa = buildDfa([regexOf(pattern, parseRe2(pattern))], { maxStates: 100 });
      return values.map((value, j) => ({
        pattern,
        value,
        header: `${i}-${j}`,
        matches: dfa && acceptedBy(dfa, value).length > 0,
      }));
    });
    await withEnvoy(
      [],
      async (ask) => {
        const answers = await ask(cases.map(({ header }) => ({ pattern: 0, header })));
        expect(cases.filter(({ matches }, i) => answers[i] !== matches)).toEqual([]);
        expect(answers.filter(Boolean).length).toBeGreaterThan(5);
      },
      filters,
    );
  });
});

/** As Istio writes it for Envoy. */
const asEnvoys = (template: string): string => template.replaceAll("{*}", "*").replaceAll("{**}", "**");

describe("uri_template", () => {
  const templates = [
    ...[
      "/{*}",
      "/{**}",
      "/",
      "/a/",
      "/a/{*}",
      "/a/{**}",
      "/{*}/a",
      "/{**}/a",
      "/{**}/",
      "/{*}/",
      "/{*}/b/{*}/d",
    ],
    ...[
      "/a/{*}/b/{**}",
      "/{*}/{*}/{**}/x",
      "/{*}.txt",
      "/a/{**}.x",
      "/{**}=",
      "/a.b$(c)+",
      "/a=b",
      "/%41",
      "/:@,;!&'",
    ],
    ...["/api/v1/users/{*}/posts/{**}", "/~u-_/{*}", "/{*}()", "/a(bc)", "/{**}a"],
  ];

  test("the paths that match", async () => {
    const characters = Array.from({ length: 94 }, (_, i) => String.fromCharCode(0x21 + i));
    const cases = questionsFor(
      templates.map((template) => regexOf(template, parseTemplate(template))),
      [
        ...characters.map((c) => `/a/${c}`),
        ...characters.map((c) => `/${c}`),
        "//",
        "/a//b/",
        "/a/b/c/d",
        "/x/b/y/d",
      ],
      canBePath,
    );
    await withEnvoy(
      templates.map((template) => templateRoute(asEnvoys(template))),
      async (ask) => {
        const answers = await ask(cases.map(({ pattern, text }) => ({ pattern, path: text })));
        const differing = cases.flatMap(({ pattern, text, matches }, i) =>
          answers[i] === matches ? [] : [{ template: templates[pattern], text, matches }],
        );
        expect(differing).toEqual([]);
      },
    );
  });

  test.each([
    "a/{*}",
    "/{**}/{*}",
    "/{**}/a/{**}",
    "/a//{*}",
    "/{*}a/b",
    "/{*}?x",
    "/{*}/a b",
    "/é/{*}",
    "/{*}/[",
    "/{*}/{}",
    `/{*}/${"x".repeat(255)}`,
  ])("Envoy refuses %s as well", async (template) => {
    expect(parseTemplate(template)).toHaveProperty("fault");
    const start = withEnvoy([templateRoute(asEnvoys(template))], () =>
      Promise.reject(new Error("Envoy takes it")),
    );
    await start.catch((error: unknown) => expect(error).toBeInstanceOf(EnvoyFailed));
  });

  // Istio's rewriting makes them something else, which Envoy takes; here they are refused.
  test("what Envoy reads otherwise than it looks", async () => {
    await withEnvoy(
      ["/a{*}", "/{*}{*}", "/{*}/a*"].map((t) => templateRoute(asEnvoys(t))),
      async (ask) => {
        expect(
          await ask([
            { pattern: 0, path: "/ab" },
            { pattern: 0, path: "/aaa" },
          ]),
        ).toEqual([false, true]);
        expect(
          await ask([
            { pattern: 1, path: "/a/b" },
            { pattern: 1, path: "/" },
          ]),
        ).toEqual([true, true]);
        expect(
          await ask([
            { pattern: 2, path: "/x/a*" },
            { pattern: 2, path: "/x/" },
          ]),
        ).toEqual([false, true]);
      },
    );
    for (const template of ["/a{*}", "/{*}{*}", "/{*}/a*"])
      expect(parseTemplate(template)).toHaveProperty("fault");
  });
});
