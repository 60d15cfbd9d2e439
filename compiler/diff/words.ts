// Attributes and rules in words.
import type { Attribute } from "../ir/program.ts";

/** As policies' authors call it, such as `header x-role`. */
export function attributeWords(attribute: Attribute): string {
  switch (attribute.kind) {
    case "method":
    case "path":
    case "host":
    case "hostname":
    case "principal":
      return attribute.kind;
    case "header":
    case "cookie":
      return `${attribute.kind} ${attribute.name}`;
    case "query":
      return `query parameter ${attribute.name}`;
    case "claim":
      return `claim ${attribute.path.join(".")}`;
    case "sni":
      return "server name";
    case "destination-port":
      return "destination port";
    case "metadata":
      return `metadata ${[attribute.filter, ...attribute.path].join(" ")}`;
    case "peer":
      return "source address";
    case "client":
      return "client address";
    case "destination":
      return "destination address";
  }
}

/** A name that an author chose, in quotes where it could be taken for our own words or for several names. */
export function plainly(name: string): string {
  return ["", "all", "any", "none"].includes(name) || /[\s,."]/.test(name) ? JSON.stringify(name) : name;
}
