// A model as a request: for each attribute a value of its atom. Attributes that share a header may not fit together, and what a
// CEL expression comes to is not chosen but found out; so what was made is looked at again.
import { isTruth } from "../4-plan/subject.ts";
import { holds, valuesOf, type Request } from "../ir/interpret.ts";
import { expressionVariants } from "./cel-values.ts";
import type { Model } from "./formula.ts";
import { requestsOf } from "./request.ts";
import { titleOf, type Dimension, type Space } from "./space.ts";

export type Made<T> =
  | { readonly kind: "request"; readonly request: Request; readonly value: T }
  /** What is in the way, in words, and the attributes that came out otherwise. */
  | { readonly kind: "none"; readonly reason: string; readonly attributes: readonly number[] };

/** The first request like a model that is accepted by its own model: `accept` says what it is good for. */
export function realise<T>(space: Space, model: Model, accept: (actual: Model) => T | undefined): Made<T> {
  let least: readonly number[] | undefined;
  for (const request of candidates(space, model)) {
    const actual = modelOf(space, request);
    const value = actual && accept(actual);
    if (value !== undefined) return { kind: "request", request, value };
    const other = space.dimensions.flatMap((_, i) => (same(model[i], actual?.[i]) ? [] : [i]));
    if (!least || other.length < least.length) least = other;
  }
  const attributes = least ?? [];
  const names = attributes.flatMap((i) => {
    const subject = space.dimensions[i]?.subject;
    return subject ? [titleOf(subject)] : [];
  });
  const [only, second] = names;
  const reason =
    second === undefined && space.dimensions[attributes[0] ?? -1]?.subject.kind === "cel"
      ? `no values were found that decide ${only ?? "it"}`
      : `no request was found that has what is asked of ${names.join(" and of ")}`;
  return { kind: "none", reason, attributes };
}

/** What is so of a request; undefined where a value is of no atom that is known. */
export function modelOf(space: Space, request: Request): Model | undefined {
  const model = space.dimensions.map((dimension) => atomsIn(dimension, request));
  return model.some((atoms) => atoms === undefined) ? undefined : (model as Model);
}

function atomsIn({ subject, atoms }: Dimension, request: Request): readonly number[] | undefined {
  if (isTruth(subject)) return [holds(subject.condition, request) ? 1 : 0];
  const values = valuesOf(subject, request);
  const asked = atoms.repeats ? values : [values[0]];
  const found = new Set(asked.map((value) => atoms.find(value)));
  return found.has(undefined) ? undefined : ([...found] as number[]);
}

function* candidates(space: Space, model: Model): Iterable<Request> {
  const valued = space.dimensions.map(({ subject, atoms }, i) => ({
    subject,
    values: (model[i] ?? []).flatMap((atom) => atoms.list[atom]?.witness ?? []),
  }));
  const opaque = space.dimensions.flatMap(({ subject }, i) =>
    subject.kind === "cel" ? [{ condition: subject.condition, value: model[i]?.[0] === 1 }] : [],
  );
  for (const request of requestsOf(valued)) {
    yield request;
    yield* expressionVariants(request, opaque);
  }
}

function same(a: readonly number[] | undefined, b: readonly number[] | undefined): boolean {
  const wanted = new Set(a);
  return wanted.size === new Set(b).size && (b ?? []).every((atom) => wanted.has(atom));
}
