// What an author sees of a match in which something is wrong.
import { describe } from "@jest/globals";
import { beginsWith, pin } from "../../testing/pin.ts";
import { headerRoute } from "../../testing/policies.ts";

const rule = (fields: string): string => headerRoute(`  rules: [{ ${fields} }]\n`);
const match = (fields: string): string => rule(`matches: [{ ${fields} }]`);

describe("a match", () => {
  pin([
    {
      name: "a path that is none",
      policies: match("path: { value: orders }"),
      finds: [
        "error TG2007 p.yaml:5:40: `orders` is not a path = a path begins with `/`; what may stand anywhere is of the type `Contains`",
      ],
    },
    {
      name: "parts of paths, which need no slash",
      policies: match("path: { type: Suffix, value: .js }"),
      finds: [],
    },
    ...["PathPrefix", "Suffix", "Contains"].map((type) => ({
      name: `an empty ${type}`,
      policies: match(`path: { value: "", type: ${type} }`),
      finds: [
        "error TG2007 p.yaml:5:40: an empty text is a part of every value = write what it must hold; leave `path` out to match every path",
      ],
    })),
    {
      name: "a path's prefix by characters",
      policies: match("path: { type: Prefix, value: /a }"),
      finds: [
        "error TG2007 p.yaml:5:39: expected one of `PathPrefix`, `Exact`, `RegularExpression`, `Suffix`, `Contains`, found `Prefix`",
      ],
    },
    {
      name: "patterns that are none, each where it is wrong",
      policies: match(
        'path: { type: RegularExpression, value: "/a/(b" }, headers: [{ name: a, type: RegularExpression, value: "x[" }], cookies: [{ name: a, type: RegularExpression, value: "(?=a)" }]',
      ),
      finds: [
        "error TG3020 p.yaml:5:69: this `(` is never closed = write `\\(` for the character",
        "error TG3020 p.yaml:5:131: this `[` is never closed = write `\\[` for the character",
        beginsWith("error TG3020 p.yaml:5:192: `(?=` is a look-around"),
      ],
    },
    {
      name: "methods",
      policies: match("method: 'GET POST'"),
      finds: [
        "error TG2007 p.yaml:5:33: `GET POST` is not a method = write one method, such as `GET`; several are several `matches`",
      ],
    },
    {
      name: "names that are empty, and a value that is not asked for",
      policies: match(
        "claims: [{ name: [realm, ''], value: a }, { name: x, type: Present, value: b }], queryParams: [{ name: '', type: Suffix, value: '' }]",
      ),
      finds: [
        "error TG3009 p.yaml:5:50: the name of a claim is empty = write its name",
        "error TG3019 p.yaml:5:100: `Present` asks only that it is there, whatever the value is = leave `value` out, or choose another `type`",
        "error TG3009 p.yaml:5:128: the name of a query parameter is empty = write its name",
        "error TG2007 p.yaml:5:153: an empty text is a part of every value = write what it must hold; `Present` asks only that it is there",
      ],
    },
    {
      name: "a condition over what there is not",
      policies: match("condition: request.metod == 'GET'"),
      finds: [
        "error TG3018 p.yaml:5:44: there is no attribute `request.metod` = did you mean `request.method`?",
      ],
    },
    {
      name: "a condition over the response, which is still to come",
      policies: rule("condition: response.code == 200"),
      finds: [beginsWith("error TG3018 p.yaml:5:33: there is no attribute `response.code`")],
    },
    {
      name: "a condition that is none",
      policies: rule("condition: request.path"),
      finds: ["error TG3018 p.yaml:5:32: a condition must come to true or false, and this comes to `string`"],
    },
    {
      name: "all that there is",
      policies: match(
        "path: { value: /a }, method: GET, headers: [{ name: host, value: a.test }, { name: x-a, type: Present }], queryParams: [{ name: b, type: RegularExpression, value: 'a|b' }], cookies: [{ name: c, type: Prefix, value: x }], claims: [{ name: [realm, tenant], type: Suffix, value: x }, { name: https://shop.test/tier, value: gold }], condition: request.size < 10",
      ),
      finds: [],
    },
  ]);
});
