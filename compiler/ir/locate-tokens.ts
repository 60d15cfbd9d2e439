// Where tokens stand in a request, and the request without them. Texts are byte strings.
import type { MadeChange } from "./routing.ts";
import type { TokenLocation } from "./authentication.ts";
import { parameters, type Parameter } from "./query.ts";

type Headers = readonly (readonly [name: string, value: string])[];

/** What stands in a place: every token, good or bad. */
export function tokensIn(location: TokenLocation, headers: Headers): string[] {
  switch (location.kind) {
    case "header":
      return valuesOf(location.name, headers)
        .map((value) => behindPrefix(value, location))
        .filter((token) => token !== undefined);
    case "query":
      return parameters(pathOf(headers))
        .filter(({ name }) => name === location.name)
        .map(({ value }) => value);
    case "cookie":
      return cookies(headers)
        .filter(({ name }) => name === location.name)
        .map(({ value }) => value.replace(/^"(.*)"$/s, "$1"));
  }
}

/** Takes whatever stands in a place out of the request. */
export function withoutTokens(location: TokenLocation, headers: Headers): MadeChange[] {
  switch (location.kind) {
    case "header":
      return [{ op: "remove", name: location.name }];
    case "query": {
      const path = pathOf(headers);
      const kept = parameters(path).filter(({ name }) => name !== location.name);
      const [, before = "", , after = ""] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(path) ?? [];
      const query = kept.length > 0 ? `?${kept.map(({ written }) => written).join("&")}` : "";
      return [{ op: "set", name: ":path", value: `${before}${query}${after}` }];
    }
    case "cookie": {
      const kept = cookies(headers).filter(({ name }) => name !== location.name);
      const removed: MadeChange = { op: "remove", name: "cookie" };
      if (kept.length === 0) return [removed];
      const value = kept.map(({ written }) => written).join("; ");
      return [removed, { op: "set", name: "cookie", value }];
    }
  }
}

function behindPrefix(value: string, { name, prefix }: { name: string; prefix: string }): string | undefined {
  const caseless = name === "authorization";
  const wanted = prefix.endsWith(" ") ? prefix.replace(/ +$/, "") : prefix;
  const trimmed = value.replace(/^[ \t]+/, "");
  const start = trimmed.slice(0, wanted.length);
  if (caseless ? lower(start) !== lower(wanted) : start !== wanted) return undefined;
  const rest = trimmed.slice(wanted.length);
  if (prefix.endsWith(" ") && !/^([ \t]|$)/.test(rest)) return undefined;
  return rest.replace(/^[ \t]+|[ \t]+$/g, "");
}

function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function pathOf(headers: Headers): string {
  return valuesOf(":path", headers)[0] ?? "";
}

/** All pairs of all `cookie` headers. */
function cookies(headers: Headers): Parameter[] {
  return valuesOf("cookie", headers)
    .flatMap((line) => line.split(";"))
    .map((pair) => pair.replace(/^[ \t]+|[ \t]+$/g, ""))
    .filter((pair) => pair !== "")
    .map((written) => {
      const equals = written.indexOf("=");
      return {
        name: equals < 0 ? "" : written.slice(0, equals),
        value: written.slice(equals + 1),
        written,
      };
    });
}

function valuesOf(name: string, headers: Headers): string[] {
  return headers.filter(([n]) => n === name).map(([, value]) => value);
}
