// `onLimit`: how a limit's refusal is answered.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { byteString, headerValueFault, isOfConnection } from "../../http/header-syntax.ts";
import { holesOf } from "../../ir/parameters.ts";
import type { LimitAnswer } from "../../ir/program.ts";
import { fillableInteger, fillableString } from "../../schema/fillable.ts";
import { named, object, optional, string, type Read } from "../../schema/schema.ts";
import { HEADER } from "../../schema/texts.ts";
import type { Located } from "../../source/span.ts";
import { checkHeaderName } from "./key.ts";

export const onLimit = object(
  {
    status: optional(fillableInteger(400, 599), "the HTTP status", "the bundle's `responses.limited`: 429"),
    body: optional(fillableString(), "the body", "the bundle's `responses.limited`"),
    headers: optional(
      named(string(), "{ x-reason: quota }", HEADER),
      "headers of the answer, by name",
      "none",
    ),
  },
  { example: "{ status: 503, body: later, headers: { x-reason: quota } }" },
);

type OnLimitSpec = Read<typeof onLimit>;

/** What the filter itself, or the proxy of it, says in an answer. */
const RESERVED =
  /^(retry-after|ratelimit(-policy)?|x-ratelimit-(limit|remaining|reset)|grpc-status|grpc-message)$/;

export function checkAnswer(spec: OnLimitSpec, diagnostics: Diagnostics): void {
  const seen = new Set<string>();
  for (const { name, item } of spec.headers?.items ?? []) {
    const lower = name.value.toLowerCase();
    checkName(name, lower, diagnostics);
    if (seen.has(lower)) {
      diagnostics.error("duplicate-name", `the header \`${name.value}\` is there twice`, {
        span: name.span,
        help: "remove one: the case of a header's name says nothing",
      });
    }
    seen.add(lower);
    const fault = headerValueFault(item.value);
    if (fault === undefined) continue;
    diagnostics.error("bad-header-value", `this cannot be a header's value: ${fault}`, {
      span: item.span,
      help: "a header's value is one line of text without control characters, such as `quota`",
    });
  }
}

function checkName(name: Located<string>, lower: string, diagnostics: Diagnostics): void {
  if (isOfConnection(lower)) {
    diagnostics.error("bad-header-name", `\`${name.value}\` cannot be set by a policy`, {
      span: name.span,
      help: "it belongs to the connection or frames the message; the proxy looks after it",
    });
  } else if (RESERVED.test(lower)) {
    diagnostics.error("bad-header-name", `\`${name.value}\` is said by the filter itself`, {
      span: name.span,
      help: "leave it out; what answers tell of limits `headers` of the policy says",
    });
  } else checkHeaderName(name, diagnostics);
}

export function lowerAnswer(spec: OnLimitSpec | undefined): LimitAnswer {
  return {
    ...(spec?.status && { status: spec.status.value }),
    ...(spec?.body && { body: byteString(spec.body.value) }),
    ...holesOf({ status: spec?.status?.hole, body: spec?.body?.hole }),
    headers: (spec?.headers?.items ?? []).map(
      ({ name, item }) => [name.value.toLowerCase(), byteString(item.value)] as const,
    ),
  };
}
