// Where a request's texts are kept: a slot for each header that policies look at, each cookie, claim and property, holding all
// its values.
import type { Attribute, TextAttribute } from "./program.ts";

export type Slot =
  /** A request header by its lower-case name. `:path` is kept without the query, `:path?` is the whole of it. */
  | { readonly from: "header"; readonly name: string }
  | { readonly from: "cookie"; readonly name: string }
  /** The first parameter of this name in the query of `:path?`. */
  | { readonly from: "query"; readonly name: string }
  /** The hostname in `:authority`. */
  | { readonly from: "hostname" }
  /** Filled by the authentication stage. */
  | { readonly from: "claim"; readonly path: readonly string[] }
  /** Asked for when a decision first gets there. */
  | { readonly from: "property"; readonly attribute: PropertyAttribute };

export type PropertyAttribute = Extract<
  TextAttribute,
  { readonly kind: "principal" | "sni" | "destination-port" | "metadata" }
>;

/** The slot of an attribute; undefined where it is an address, which is kept as a number. */
export function slotOf(attribute: Attribute): Slot | undefined {
  switch (attribute.kind) {
    case "method":
      return { from: "header", name: ":method" };
    case "path":
      return { from: "header", name: ":path" };
    case "host":
      return { from: "header", name: ":authority" };
    case "header":
      return { from: "header", name: attribute.name };
    case "cookie":
      return { from: "cookie", name: attribute.name };
    case "query":
      return { from: "query", name: attribute.name };
    case "hostname":
      return { from: "hostname" };
    case "claim":
      return { from: "claim", path: attribute.path };
    case "principal":
    case "sni":
    case "destination-port":
    case "metadata":
      return { from: "property", attribute };
    case "peer":
    case "client":
    case "destination":
      return undefined;
  }
}

/** Slots with the same key are the same; ordered by it, headers come first. */
export function slotKey(slot: Slot): string {
  switch (slot.from) {
    case "header":
      return `1 ${slot.name}`;
    case "cookie":
      return `2 ${slot.name}`;
    case "query":
      return `5 ${slot.name}`;
    case "hostname":
      return "6";
    case "claim":
      return `3 ${JSON.stringify(slot.path)}`;
    case "property":
      return `4 ${propertyPaths(slot.attribute)
        .map((path) => path.join("\0"))
        .join(" ")}`;
  }
}

/** The header that a slot is filled from, by the name of its own slot; undefined where it comes from elsewhere. */
export function headerOf(slot: Slot): string | undefined {
  switch (slot.from) {
    case "header":
      return slot.name;
    case "cookie":
      return "cookie";
    case "query":
      return ":path?";
    case "hostname":
      return ":authority";
    case "claim":
    case "property":
      return undefined;
  }
}

/** In words, for comments and names. */
export function slotTitle(slot: Slot): string {
  switch (slot.from) {
    case "header":
      return slot.name;
    case "cookie":
      return `cookie ${slot.name}`;
    case "query":
      return `query ${slot.name}`;
    case "hostname":
      return "hostname";
    case "claim":
      return `claim ${slot.path.join(".")}`;
    case "property":
      return slot.attribute.kind === "metadata"
        ? `metadata ${[slot.attribute.filter, ...slot.attribute.path].join(" ")}`
        : slot.attribute.kind;
  }
}

/** The properties that an attribute's values come from, as paths of segments. */
export function propertyPaths(attribute: PropertyAttribute): readonly (readonly string[])[] {
  switch (attribute.kind) {
    case "principal":
      return ["uri_san", "dns_san", "subject"].map((part) => ["connection", `${part}_peer_certificate`]);
    case "sni":
      return [["connection", "requested_server_name"]];
    case "destination-port":
      return [["destination", "port"]];
    case "metadata":
      return [["metadata", "filter_metadata", attribute.filter, ...attribute.path]];
  }
}
