// Requests that have given values: pseudo headers first, as clients send them.
import type { Subject } from "../4-plan/subject.ts";
import type { Request } from "../ir/interpret.ts";
import { USUAL_HOST, USUAL_METHOD, USUAL_PATH } from "./domain.ts";

/** What of a request is to have which values; none: it is to be absent. */
export interface Valued {
  readonly subject: Subject;
  readonly values: readonly string[];
}

/** Requests with these values, as far as they fit together: where several share a header, one after the other has its way. */
export function* requestsOf(valued: readonly Valued[]): Iterable<Request> {
  const authorities = authoritiesOf(valued);
  for (const authority of authorities) {
    for (const path of pathsOf(valued)) yield requestOf(valued, authority, path);
  }
}

/** Undefined: absent. */
type Choice = string | undefined;

/** What the host may be, as it is asked about in three ways. */
function authoritiesOf(valued: readonly Valued[]): readonly Choice[] {
  const found = valued.flatMap(({ subject, values }): Choice[] => {
    const asked =
      subject.kind === "host" ||
      subject.kind === "hostname" ||
      (subject.kind === "header" && subject.name === ":authority");
    if (!asked) return [];
    const [value] = values;
    // Where there is no hostname, there may be a host.
    return subject.kind === "hostname" && value === undefined ? ["[2001:db8::1]", undefined] : [value];
  });
  if (found.length === 0) return [USUAL_HOST];
  const ported = found.flatMap((value) =>
    value === undefined || value.includes(":") ? [] : [`${value}:80`],
  );
  return [...new Set([...found, ...(found.length > 1 ? ported : [])])];
}

function pathsOf(valued: readonly Valued[]): readonly Choice[] {
  const query = valued
    .flatMap(({ subject, values }) =>
      subject.kind === "query" ? values.map((value) => `${escaped(subject.name)}=${escaped(value)}`) : [],
    )
    .join("&");
  const found = valued.flatMap(({ subject, values }): Choice[] => {
    if (subject.kind === "path") {
      const [path = query === "" ? undefined : ""] = values;
      return [query === "" ? path : `${path ?? ""}?${query}`];
    }
    return subject.kind === "header" && subject.name === ":path" ? [values[0]] : [];
  });
  if (found.length > 0) return [...new Set(found)];
  return [query === "" ? USUAL_PATH : `${USUAL_PATH}?${query}`];
}

function escaped(bytes: string): string {
  return bytes.replace(/[^-_.~/:,@!$'()*A-Za-z0-9]/g, (byte) => {
    return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
}

function requestOf(valued: readonly Valued[], authority: Choice, path: Choice): Request {
  let method: Choice = USUAL_METHOD;
  let scheme: Choice = "http";
  const headers: [string, string][] = [];
  const cookies: string[] = [];
  const rest: {
    -readonly [Key in "peer" | "client" | "sni"]?: string;
  } & { address?: string; port?: number } = {};
  const trees: { claims?: Tree; metadata?: Tree } = {};
  let principals: readonly string[] = [];
  for (const { subject, values } of valued) {
    const [value] = values;
    switch (subject.kind) {
      case "method":
        method = value;
        break;
      case "header":
        if (subject.name === ":method") method = value;
        else if (subject.name === ":scheme") scheme = value;
        else if (subject.name !== ":path" && subject.name !== ":authority")
          for (const one of values) headers.push([subject.name, one]);
        break;
      case "cookie":
        for (const one of values) cookies.push(`${subject.name}=${one}`);
        break;
      case "claim":
        if (value !== undefined)
          put((trees.claims ??= {}), subject.path.map(unicode), claim(subject.path, values));
        break;
      case "metadata":
        if (value !== undefined) put((trees.metadata ??= {}), [subject.filter, ...subject.path], value);
        break;
      case "principal":
        principals = values;
        break;
      case "destination-port":
        if (value !== undefined) rest.port = Number(value);
        break;
      case "destination":
        if (value !== undefined) rest.address = value;
        break;
      case "peer":
      case "client":
      case "sni":
        if (value !== undefined) rest[subject.kind] = value;
        break;
      case "path":
      case "host":
      case "hostname":
      case "query":
      case "cel":
      case "nested":
    }
  }
  if (cookies.length > 0) headers.push(["cookie", cookies.join("; ")]);
  const { address, port, ...told } = rest;
  const pseudo: [string, Choice][] = [
    [":method", method],
    [":scheme", scheme],
    [":authority", authority],
    [":path", path],
  ];
  return {
    headers: [
      ...pseudo.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
      ...headers,
    ],
    ...told,
    ...((address !== undefined || port !== undefined) && {
      destination: { address: address ?? "", port: port ?? 10_000 },
    }),
    ...(principals.length > 0 && { identity: identity(principals) }),
    ...trees,
  };
}

function identity([uri, dns, subject]: readonly string[]): NonNullable<Request["identity"]> {
  return {
    ...(uri !== undefined && { uri }),
    ...(dns !== undefined && { dns }),
    ...(subject !== undefined && { subject }),
  };
}

interface Tree {
  [name: string]: Tree | string | string[];
}

function claim(path: readonly string[], values: readonly string[]): string | string[] {
  const texts = values.map(unicode);
  const [only = "", second] = texts;
  const isWords = path.length === 1 && (path[0] === "scope" || path[0] === "permission");
  // In a list texts stay whole.
  if (isWords) return texts.some((text) => text === "" || text.includes(" ")) ? texts : texts.join(" ");
  return second === undefined ? only : texts;
}

function put(tree: Tree, [name = "", ...path]: readonly string[], value: string | string[]): void {
  if (path.length === 0) {
    tree[name] = value;
    return;
  }
  const below = tree[name];
  const next: Tree = typeof below === "object" && !Array.isArray(below) ? below : {};
  tree[name] = next;
  put(next, path, value);
}

/** Claims are Unicode, values here are bytes. */
function unicode(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}
