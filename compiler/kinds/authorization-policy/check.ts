// What fits the shape of an AuthorizationPolicy but makes no sense. Istio drops such rules; here they are errors, since a
// dropped rule is a hole.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { didYouMean } from "../../diagnostics/suggest.ts";
import { headerKey, isHeaderName } from "../../http/header-syntax.ts";
import { parseBlock } from "../../net/block.ts";
import type { Items } from "../../schema/schema.ts";
import type { Located } from "../../source/span.ts";
import type { Spec } from "./schema.ts";

type Values = Items<Located<string>> | undefined;

/** The keys of `when` that Istio knows and Tollgate does not honour yet. */
const keysNotYet = [
  "source.principal",
  "source.namespace",
  "source.serviceAccount",
  "remote.ip",
  "request.auth.principal",
  "request.auth.audiences",
  "request.auth.presenter",
  "request.auth.claims[…]",
  "destination.ip",
  "destination.port",
  "connection.sni",
  "experimental.envoy.filters.…",
];

export function check(spec: Spec, diagnostics: Diagnostics): void {
  for (const rule of spec.rules?.items ?? []) {
    for (const { source } of rule.from?.items ?? []) {
      checkNotEmpty(source, "source", diagnostics);
      checkBlocks(source.ipBlocks, diagnostics);
      checkBlocks(source.notIpBlocks, diagnostics);
    }
    for (const { operation } of rule.to?.items ?? []) {
      checkNotEmpty(operation, "operation", diagnostics);
      for (const values of [operation.hosts, operation.notHosts]) checkPatterns(values, diagnostics);
      for (const values of [operation.methods, operation.notMethods]) checkMethods(values, diagnostics);
      for (const values of [operation.paths, operation.notPaths]) checkPaths(values, diagnostics);
    }
    for (const condition of rule.when?.items ?? []) {
      if (!condition.keys.has("values") && !condition.keys.has("notValues")) {
        diagnostics.error("missing-field", "a condition needs `values` or `notValues`", {
          span: condition.key.span,
          help: 'to ask only that it is there, write `values: ["*"]`',
        });
      }
      const key = parseKey(condition.key, diagnostics);
      for (const values of [condition.values, condition.notValues]) {
        if (key?.kind === "peer") checkBlocks(values, diagnostics);
        else if (key) checkPatterns(values, diagnostics);
      }
    }
  }
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];

function checkMethods(values: Values, diagnostics: Diagnostics): void {
  checkPatterns(values, diagnostics);
  for (const { value, span } of values?.items ?? []) {
    const upper = value.toUpperCase();
    if (value === upper || !METHODS.includes(upper)) continue;
    diagnostics.warning("value-never-matches", `\`${value}\` never matches: methods are upper case`, {
      span,
      help: `write \`${upper}\``,
    });
  }
}

/** What a `when` key names; reports a key that is unknown or not supported yet. */
export function parseKey(
  key: Located<string>,
  diagnostics?: Diagnostics,
): { kind: "peer" } | { kind: "header"; name: string } | undefined {
  if (key.value === "source.ip") return { kind: "peer" };
  const header = /^request\.headers\[(.*)\]$/s.exec(key.value);
  if (header?.[1] !== undefined) {
    if (isHeaderName(header[1])) return { kind: "header", name: headerKey(header[1]) };
    diagnostics?.error("bad-header-name", `\`${header[1]}\` is not a header name`, {
      span: key.span,
      help: "write it as `request.headers[x-user]`; use `to` for method, path and host",
    });
    return undefined;
  }
  const bracket = key.value.indexOf("[");
  const indexed = bracket >= 0 && key.value.endsWith("]");
  const family = (indexed ? `${key.value.slice(0, bracket)}[…]` : key.value).replace(
    /^(experimental\.envoy\.filters)\..*/,
    "$1.…",
  );
  if (keysNotYet.includes(family)) {
    diagnostics?.error("not-supported-yet", `the condition key \`${key.value}\` is not supported yet`, {
      span: key.span,
      help: "for now a key is `request.headers[NAME]` or `source.ip`",
    });
  } else {
    const label = /^request\.headers?\b/i.test(key.value)
      ? "did you mean `request.headers[NAME]`?"
      : didYouMean(key.value, ["source.ip", ...keysNotYet]);
    diagnostics?.error("bad-value", `unknown condition key \`${key.value}\``, {
      span: key.span,
      ...(label && { label }),
      help: "for now a key is `request.headers[NAME]` or `source.ip`",
    });
  }
  return undefined;
}

function checkNotEmpty(
  item: { keys: ReadonlyMap<string, unknown>; span: Spec["span"] },
  what: string,
  d: Diagnostics,
): void {
  if (item.keys.size > 0) return;
  d.error("missing-field", `this \`${what}\` says nothing`, {
    span: item.span,
    help: `name at least one field of \`${what}\`, or leave the entry out to match every request`,
  });
}

function checkBlocks(values: Values, diagnostics: Diagnostics): void {
  for (const { value, span } of values?.items ?? []) {
    const parsed = parseBlock(value);
    if (typeof parsed !== "string") continue;
    const why = parsed.startsWith(`\`${value}\``) ? "" : `: ${parsed}`;
    diagnostics.error("bad-address", `\`${value}\` is not an address or CIDR block${why}`, {
      span,
      help: "write an address such as `10.1.2.3` or `2001:db8::1`, or a block such as `10.0.0.0/8`",
    });
  }
}

function checkPatterns(values: Values, diagnostics: Diagnostics): void {
  for (const { value, span } of values?.items ?? []) {
    if (value === "") {
      diagnostics.error("bad-value", "an empty value matches nothing", {
        span,
        help: 'write `"*"` to ask that it is there, or remove the value',
      });
    } else if (/^\*.*\*$/s.test(value) && value.length > 1) {
      diagnostics.warning(
        "asterisk-in-the-middle",
        `\`${value}\` means "ends with \`${value.slice(1)}\`", not "contains": only one asterisk is special`,
        { span, help: "Istio reads it the same way; write a prefix `abc*` or a suffix `*abc`" },
      );
    } else if (/^[^*]+\*.+|^.+\*[^*]+$/s.test(value)) {
      diagnostics.warning("asterisk-in-the-middle", `the asterisk inside \`${value}\` stands for itself`, {
        span,
        help: "only a leading or a trailing asterisk is special",
      });
    }
  }
}

function checkPaths(values: Values, diagnostics: Diagnostics): void {
  const isTemplate = (value: string): boolean => /\{\*{1,2}\}/.test(value);
  checkPatterns(
    values && { ...values, items: values.items.filter((v) => !isTemplate(v.value)) },
    diagnostics,
  );
  for (const { value, span } of values?.items ?? []) {
    if (isTemplate(value)) {
      diagnostics.error("not-supported-yet", "path templates (`{*}`, `{**}`) are not supported yet", {
        span,
        help: "use an exact path, a prefix `/abc*` or a suffix `*abc`",
      });
    } else if (/[?#]/.test(value)) {
      diagnostics.warning(
        "value-never-matches",
        `\`${value}\` never matches: paths are compared without the query`,
        {
          span,
          help: "leave out everything from `?` on",
        },
      );
    } else if (/^[^/*]/.test(value)) {
      diagnostics.warning("value-never-matches", `\`${value}\` never matches: a path starts with \`/\``, {
        span,
        help: `write \`/${value}\``,
      });
    }
  }
}
