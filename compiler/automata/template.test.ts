import { describe, expect, test } from "@jest/globals";
import { isFault } from "./fault.ts";
import { matchesRegex } from "./naive.ts";
import { isTemplate, parseTemplate } from "./template.ts";

function matched(template: string, ...paths: string[]): string[] {
  const regex = parseTemplate(template);
  if (isFault(regex)) throw new Error(regex.fault);
  return paths.filter((path) => matchesRegex(regex, path));
}

test("what Istio takes for a template", () => {
  expect(["/a/{*}", "{**}", "/a*", "/{id}", "/{***}"].map(isTemplate)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test.each([
  ["/{*}", ["/a", "/a*=b"], ["/", "/a/", "/a/b", '/"', "/\xe9"]],
  ["/{**}", ["/", "/a", "/a/b", "//"], ["", "a", "/a|b"]],
  ["/admin/{**}", ["/admin/", "/admin/a/b"], ["/admin", "/administrator"]],
  ["/{**}/edit", ["//edit", "/a/b/edit"], ["/edit", "/a/edit/"]],
  ["/{*}/a/{**}/z", ["/x/a//z", "/x/a/y/y/z"], ["/x/a/z", "/a/y/z"]],
  ["/a/{*}.txt", ["/a/b.txt", "/a/b.txt.txt"], ["/a/.txt", "/a/bxtxt"]],
  ["/{*}/", ["/a/"], ["/a", "/a/b"]],
])("%s", (template, yes, no) => expect(matched(template, ...yes, ...no)).toEqual(yes));

describe("refused, with the place", () => {
  // What is meant is what stands between « and ».
  test.each([
    ["«»{*}/a", "a path template begins with `/`", "write `/{*}/a`"],
    ["/{*}«//»a", "a segment is empty", "write one `/`"],
    ["/a«{*}»", "`{*}` follows other text", "`{*}` must stand at the beginning of a segment: `/{*}`"],
    ["/{*}«{**}»", "`{**}` follows `{*}`", "`{**}` must stand at the beginning of a segment: `/{**}`"],
    [
      "/{**}/a/«{*}»",
      "`{*}` cannot follow `{**}`",
      "`{**}` matches any number of segments, so let it be the last operator",
    ],
    [
      "/{*}«.txt»/b",
      "`.txt` follows `{*}` in a segment that is not the last",
      "only in the last segment may text follow `{*}`",
    ],
    ["/{*}/«{id}»", "`{id}` is no operator", "write `{*}` for a segment, `{**}` for any number"],
    ["/{*}/«{id=*}»", "`{id=*}` is no operator", "write `{*}` for a segment, `{**}` for any number"],
    ["/{*}/«{»", "`{` is no operator", "write `{*}` for a segment, `{**}` for any number"],
    ["/{*}/a«*»", "a template takes `*` in braces only", "write `{*}` for a segment, `{**}` for any number"],
    ["/{*}/«é»", "`é` cannot stand in a path template", "percent-encode it, if paths have it so"],
    ["/{*}/a«?»b", "`?` cannot stand in a path template", "percent-encode it, if paths have it so"],
  ])("%s", (marked, fault, help) => {
    const at = marked.indexOf("«");
    const length = marked.indexOf("»") - at - 1;
    expect(parseTemplate(marked.replace(/[«»]/g, ""))).toEqual({ fault, at, length, help });
  });

  test("Envoy's limit of 256 characters counts no braces", () => {
    expect(isFault(parseTemplate(`/{*}/${"a".repeat(253)}`))).toBe(false);
    expect(parseTemplate(`/{*}/${"a".repeat(254)}`)).toHaveProperty(
      "fault",
      "a path template has at most 256 characters",
    );
  });
});
