// What is changed in a message's headers. Whatever the order in the file: removed, renamed, copied, mapped, set, added.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { byteString, headerKey } from "../../http/header-syntax.ts";
import { reportHeaderName, reportHeaderValue, reportUnchangeable } from "../../http/report.ts";
import type { Changes, HeaderChange } from "../../ir/routing.ts";
import { holesOf } from "../../ir/parameters.ts";
import { fillableHeaderValue } from "../../schema/fillable.ts";
import { list, named, object, optional, required, string, type Read } from "../../schema/schema.ts";
import { headerName } from "../../schema/texts.ts";
import type { Located } from "../../source/span.ts";
import { checkTemplate, looksLikeTemplate, lowerTemplate } from "./template.ts";

const header = object(
  {
    name: required(headerName, "the header's name"),
    value: required(fillableHeaderValue(), "its value; `{…}` is an expression in CEL over the request"),
  },
  { example: "{ name: x-version, value: v2 }" },
);

const move = object(
  {
    from: required(headerName, "the header whose values are taken"),
    to: required(headerName, "the header that gets them"),
  },
  { example: "{ from: x-a, to: x-b }" },
);

const map = object(
  {
    from: required(headerName, "the header whose value is looked up"),
    to: optional(headerName, "the header that gets what was found", "the one in `from`"),
    values: required(named(string(), "{ de: eu }"), "the table: a value, and what it becomes"),
    default: optional(string(), "what other values become, none and several among them", "`to` is removed"),
  },
  { example: "{ from: x-country, to: x-region, values: { de: eu }, default: other }" },
);

export const changes = object(
  {
    remove: optional(list(headerName), "headers to remove"),
    rename: optional(list(move), "headers to give another name"),
    copy: optional(list(move), "headers whose values another gets as well"),
    map: optional(list(map), "headers whose value is looked up in a table"),
    set: optional(list(header), "headers to set to one value"),
    add: optional(list(header), "headers to give one more value"),
  },
  { example: "{ set: [{ name: x-version, value: v2 }] }" },
);

export type ChangesSpec = Read<typeof changes>;

/** What has changes of its own: a rule, and an arm. */
export interface Owner {
  readonly request?: ChangesSpec | undefined;
  readonly response?: ChangesSpec | undefined;
}

/** Reports headers that are not for policies, values that are none, and changes that contradict each other. */
export function checkChanges({ request, response }: Owner, diagnostics: Diagnostics): void {
  for (const [message, spec] of [
    ["request", request],
    ["response", response],
  ] as const) {
    if (!spec) continue;
    checkNames(message, spec, diagnostics);
    checkValues(spec, diagnostics);
    checkConflicts(spec, diagnostics);
  }
}

function checkNames(message: keyof Owner, spec: ChangesSpec, diagnostics: Diagnostics): void {
  const renamed = spec.rename?.items ?? [];
  const copied = [...(spec.copy?.items ?? []), ...(spec.map?.items ?? [])];
  const written = [
    ...(spec.remove?.items ?? []),
    ...renamed.flatMap(({ from, to }) => [from, to]),
    ...copied.flatMap(({ to }) => to ?? []),
    ...(spec.map?.items ?? []).flatMap(({ from, to }) => (to ? [] : [from])),
    ...[...(spec.set?.items ?? []), ...(spec.add?.items ?? [])].map(({ name }) => name),
  ];
  for (const name of written) reportUnchangeable(message, name, diagnostics);
  for (const { from } of copied) if (!written.includes(from)) reportHeaderName(from, diagnostics);
}

function checkValues(spec: ChangesSpec, diagnostics: Diagnostics): void {
  for (const { value } of [...(spec.set?.items ?? []), ...(spec.add?.items ?? [])])
    if (!value.hole) checkTemplate(value, diagnostics);
  for (const { values, default: otherwise } of spec.map?.items ?? []) {
    for (const text of [...values.items.map(({ item }) => item), ...(otherwise ? [otherwise] : [])]) {
      reportHeaderValue(text, diagnostics);
      if (!looksLikeTemplate(text.value)) continue;
      diagnostics.warning(
        "not-a-pattern",
        `\`${text.value}\` is sent as it stands: a table holds no expressions`,
        {
          span: text.span,
          help: "choose with an expression in `set`, such as `{request.method == 'GET' ? 'read' : 'write'}`",
        },
      );
    }
  }
}

/** A change that gives a header its values, in place of those that it had. */
interface Write {
  readonly by: "rename" | "copy" | "map" | "set";
  readonly name: Located<string>;
}

function checkConflicts(spec: ChangesSpec, diagnostics: Diagnostics): void {
  const writes = new Map<string, Write>();
  for (const write of writesOf(spec)) {
    const name = write.name.value.toLowerCase();
    const other = writes.get(name);
    if (other) reportTwice(write, other, diagnostics);
    else writes.set(name, write);
  }
  const gone = checkRenamed(spec, diagnostics);
  for (const { from, to } of spec.copy?.items ?? []) {
    if (from.value.toLowerCase() !== to.value.toLowerCase()) continue;
    diagnostics.error("contradiction", `\`${to.value}\` is copied onto itself`, {
      span: to.span,
      help: "name another header in `to`, or remove the copy",
    });
  }
  const removed = new Set<string>();
  for (const { value, span } of spec.remove?.items ?? []) {
    const name = value.toLowerCase();
    const write = writes.get(name);
    const [what, why] = write
      ? [
          write.by === "set" ? "set and removed" : `written by \`${write.by}\` and removed`,
          `\`${write.by}\` replaces what was there`,
        ]
      : gone.has(name)
        ? ["renamed and removed", "`rename` removes it anyway"]
        : removed.has(name)
          ? ["removed twice", "it is gone"]
          : [];
    removed.add(name);
    if (what === undefined || why === undefined) continue;
    diagnostics.warning("removal-without-effect", `\`${value}\` is ${what}`, {
      span,
      help: `${why}, so the removal has no effect: leave one of them out`,
    });
  }
}

function writesOf(spec: ChangesSpec): Write[] {
  return [
    ...(spec.rename?.items ?? []).map(({ to }): Write => ({ by: "rename", name: to })),
    ...(spec.copy?.items ?? []).map(({ to }): Write => ({ by: "copy", name: to })),
    ...(spec.map?.items ?? []).map(({ from, to }): Write => ({ by: "map", name: to ?? from })),
    ...(spec.set?.items ?? []).map(({ name }): Write => ({ by: "set", name })),
  ];
}

function reportTwice({ name, by }: Write, other: Write, diagnostics: Diagnostics): void {
  if (by === "set" && other.by === "set") {
    diagnostics.error("duplicate-name", `the header \`${name.value.toLowerCase()}\` is there twice`, {
      span: name.span,
      help: "rename one, or remove it",
    });
    return;
  }
  const both =
    by === other.by ? `\`${by}\` writes it twice` : `\`${other.by}\` writes it, and so does \`${by}\``;
  diagnostics.error("contradiction", `\`${name.value}\` gets two values: ${both}`, {
    span: name.span,
    help: "keep one of the two; `add` puts one more value behind whatever there is",
  });
}

/** The headers that are gone as they are renamed; reports those that something else takes along. */
function checkRenamed({ rename }: ChangesSpec, diagnostics: Diagnostics): ReadonlySet<string> {
  const names = new Set((rename?.items ?? []).map(({ to }) => to.value.toLowerCase()));
  const gone = new Set<string>();
  for (const { from } of rename?.items ?? []) {
    const name = from.value.toLowerCase();
    const why = names.has(name) ? "is renamed, and another gets its name" : "is renamed twice";
    if (names.has(name) || gone.has(name)) {
      diagnostics.error("contradiction", `\`${from.value}\` ${why}`, {
        span: from.span,
        help: "use `copy`, which takes all values as they arrived, and `remove`",
      });
    }
    gone.add(name);
  }
  return gone;
}

export function lowerChanges({ request, response }: Owner): Changes {
  return {
    request: request ? headerChanges(request, headerKey) : [],
    response: response ? headerChanges(response, (name) => name.toLowerCase()) : [],
  };
}

/** `keyOf`: the name under which the proxy keeps a header of the message. */
function headerChanges(spec: ChangesSpec, keyOf: (name: string) => string): HeaderChange[] {
  const valued =
    (op: "set" | "add") =>
    ({ name, value }: Read<typeof header>): HeaderChange => ({
      op,
      name: name.value.toLowerCase(),
      value: value.hole ? [byteString(value.value)] : lowerTemplate(value.value),
      ...holesOf({ value: value.hole }),
    });
  const moved =
    (op: "copy" | "rename") =>
    ({ from, to }: Read<typeof move>): HeaderChange => ({
      op,
      name: keyOf(from.value),
      to: to.value.toLowerCase(),
    });
  return [
    ...(spec.remove?.items ?? []).map(({ value }): HeaderChange => ({
      op: "remove",
      name: value.toLowerCase(),
    })),
    ...(spec.rename?.items ?? []).map(moved("rename")),
    ...(spec.copy?.items ?? []).map(moved("copy")),
    ...(spec.map?.items ?? []).map(({ from, to, values, default: otherwise }): HeaderChange => ({
      op: "map",
      name: keyOf(from.value),
      to: (to ?? from).value.toLowerCase(),
      table: values.items.map(({ name, item }) => [byteString(name.value), byteString(item.value)] as const),
      ...(otherwise && { otherwise: byteString(otherwise.value) }),
    })),
    ...(spec.set?.items ?? []).map(valued("set")),
    ...(spec.add?.items ?? []).map(valued("add")),
  ];
}
