// What all documents have in common: API version, kind, metadata, spec.
import {
  object,
  optional,
  required,
  string,
  text,
  type Field,
  type Read,
  type Schema,
  type TextShape,
} from "../schema/schema.ts";
import { DNS_NAME } from "../schema/texts.ts";
import type { Located } from "../source/span.ts";
import { timestamp } from "./timestamp.ts";

/** The most characters of a policy's name, as in Kubernetes. */
export const LONGEST_NAME = 253;

/** A mapping of anything. */
const open: Schema<object> = object({}, { open: true });

/** Of a name, for editors. */
const nameShape = (longest: number): TextShape => ({
  pattern: DNS_NAME.source,
  patternErrorMessage: `use lower-case letters, digits, \`-\` and \`.\`, at most ${longest} of them`,
  maxLength: longest,
});

/** `longest`: of the name. Where what the document says is of a namespace, that has a name as well. */
function metadata(longest: number, namespaced: boolean) {
  return object(
    {
      name: required(text(nameShape(longest)), "the policy's name"),
      namespace: optional(namespaced ? text(nameShape(longest)) : string(), "its namespace", "`default`"),
      annotations: optional(open, "notes for other tools"),
      creationTimestamp: optional(timestamp, "when it was made; of HTTPRoutes the oldest goes first"),
    },
    { open: true },
  );
}

type Metadata = Read<ReturnType<typeof metadata>>;

const any = string();

export interface DocumentShape {
  readonly spec: Field<unknown>;
  /** The most characters of its name. */
  readonly longest: number;
  readonly namespaced: boolean;
  /** For editors; reading takes any, since each has findings of its own. */
  readonly apiVersion?: Schema<Located<string>>;
  readonly kind?: Schema<Located<string>>;
}

/** A whole document. */
export function documentSchema(shape: DocumentShape): Schema<{ readonly metadata: Metadata }> {
  const { spec, longest, namespaced, apiVersion = any, kind = any } = shape;
  return object({
    apiVersion: required(apiVersion, "the API version"),
    kind: required(kind, "the kind"),
    metadata: required(metadata(longest, namespaced), "name and namespace"),
    spec,
    status: optional(open, "written by a control plane, never read"),
  });
}
