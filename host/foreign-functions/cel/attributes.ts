/** What a CEL expression can name: the properties that a filter can ask for, with the types they have in Envoy. */
import type { CelInput } from "@bufbuild/cel";
import { fromBytes } from "../../bytes.ts";
import type { Machine } from "../../machine.ts";
import { readPairs } from "../../pairs.ts";
import { readStreamProperty } from "../../properties.ts";
import type { StreamContext } from "../../stream-context.ts";
import type { CelLibrary } from "./library.ts";

type Kind = "string" | "bytes" | "int" | "uint" | "double" | "bool" | "timestamp" | "duration" | "headers";

/** Types of attributes by name, below `request`, `response` and so on; those not named here are strings. */
const kinds: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  request: {
    headers: "headers",
    headers_bytes: "int",
    time: "timestamp",
    duration: "duration",
    size: "int",
    total_size: "int",
  },
  response: {
    headers: "headers",
    trailers: "headers",
    headers_bytes: "int",
    code: "int",
    flags: "int",
    grpc_status: "int",
    size: "int",
    total_size: "int",
    backend_latency: "duration",
  },
  source: { port: "int" },
  destination: { port: "int" },
  connection: { id: "uint", mtls: "bool" },
  upstream: {
    port: "int",
    request_attempt_count: "uint",
    num_endpoints: "uint",
    cx_pool_ready_duration: "duration",
  },
};

/** Names of types: the library's own, no attributes. */
const typeNames = new Set([
  ...["int", "uint", "double", "bool", "string", "bytes"],
  ...["list", "map", "null_type", "type"],
]);

/** The attributes of the context whose callback runs, read when an expression asks for them. */
export function attributesOf(machine: Machine, cel: CelLibrary): Record<string, CelInput> {
  const read = new AttributeReader(machine, cel);
  return new Proxy<Record<string, CelInput>>(
    {},
    {
      get(_, name): CelInput | undefined {
        // The library asks for `a.b` before `a`; it is `a` that there is. A type's full name is none to Envoy.
        if (typeof name !== "string" || typeNames.has(name)) return undefined;
        if (name.includes(".") && !name.startsWith("google.")) return undefined;
        // Said here, as the library would take the field of a name that is not there for one that is not set.
        return read.top(name) ?? (cel.celError(`no attribute is called ${name}`) as unknown as CelInput);
      },
    },
  );
}

class AttributeReader {
  private readonly machine: Machine;
  private readonly cel: CelLibrary;
  private readonly stream: StreamContext | null;

  constructor(machine: Machine, cel: CelLibrary) {
    this.machine = machine;
    this.cel = cel;
    // Not the effective context: it is the one whose callback runs that Envoy asks.
    this.stream = machine.current.isRoot ? null : machine.current;
  }

  /** The attribute that an identifier names. */
  top(name: string): CelInput | undefined {
    const { plugin } = this.machine.root;
    switch (name) {
      case "plugin_name":
        return plugin.pluginName;
      case "plugin_root_id":
        return plugin.rootId;
      case "plugin_vm_id":
        return this.machine.options.vmId;
    }
    if (this.stream === null) return undefined;
    if (name === "connection_id") return this.value(name, "uint");
    if (name === "metadata" || name === "xds") return this.tree(this.stream, name);
    if (name === "filter_state")
      return this.lazyMap((key) => this.value(`filter_state\0${key}`, this.stateKind(key)));
    const fields = kinds[name];
    if (fields !== undefined)
      return this.lazyMap((key) =>
        this.value(`${name}\0${key}`, Object.hasOwn(fields, key) ? fields[key] : "string"),
      );
    return this.value(name, this.stateKind(`wasm.${name}`));
  }

  /** What `set_property` set is bytes, unless it was declared to be text. */
  private stateKind(key: string): Kind {
    const declared = this.machine.root.declared.get(fromBytes(Buffer.from(key.replace(/^wasm\./, ""))));
    return key.startsWith("wasm.") && declared?.text === true ? "string" : "bytes";
  }

  private value(path: string, kind: Kind = "string"): CelInput | undefined {
    const { stream } = this;
    const given = stream === null ? undefined : readStreamProperty(stream, fromBytes(Buffer.from(path)));
    if (given === undefined) return undefined;
    return this.typed(typeof given === "string" ? Buffer.from(given, "latin1") : Buffer.from(given), kind);
  }

  private typed(bytes: Buffer, kind: Kind): CelInput | undefined {
    if (kind === "string") return bytes.toString();
    if (kind === "bytes") return Uint8Array.from(bytes);
    if (kind === "headers") return this.headers(bytes);
    if (kind === "bool") return bytes.length === 1 && bytes[0] === 1;
    if (bytes.length !== 8) return undefined;
    switch (kind) {
      case "int":
        return bytes.readBigInt64LE();
      case "uint":
        return this.cel.celUint(bytes.readBigUInt64LE());
      case "double":
        return bytes.readDoubleLE();
      case "timestamp":
        return this.cel.create(this.cel.TimestampSchema, secondsAndNanos(bytes.readBigInt64LE()));
      case "duration":
        return this.cel.create(this.cel.DurationSchema, secondsAndNanos(bytes.readBigInt64LE()));
    }
  }

  /** A header's values joined with commas, whatever the case of the name that is asked for. */
  private headers(bytes: Buffer): CelInput {
    const entries = new Map<string, string>();
    for (const [name, value] of readPairs(bytes, 0, bytes.length)) {
      const before = entries.get(name);
      const text = Buffer.from(value, "latin1").toString();
      entries.set(name, before === undefined ? text : `${before},${text}`);
    }
    return this.cel.celMap(new HeaderAttributes(entries));
  }

  /** Like Envoy's it can be asked, but not listed: its size is 0. */
  private lazyMap(read: (key: string) => CelInput | undefined): CelInput {
    return this.cel.celMap(new LazyMap(read));
  }

  /** The given properties below a name, as maps within maps. Numbers are doubles, as in a `Struct`. */
  private tree(stream: StreamContext, top: string): CelInput {
    const root = new Map<string, CelInput>();
    for (const [path, value] of stream.properties ?? []) {
      const [first, ...segments] = path.split("\0");
      const last = segments.pop();
      if (first !== top || last === undefined) continue;
      let map = root;
      for (const segment of segments) {
        const below = map.get(segment);
        const next = below instanceof Map ? (below as Map<string, CelInput>) : new Map<string, CelInput>();
        map.set(segment, next);
        map = next;
      }
      if (map.get(last) instanceof Map) continue;
      if (typeof value === "string") map.set(last, Buffer.from(value, "latin1").toString());
      else if (typeof value === "boolean" || typeof value === "bigint") map.set(last, value);
      else if (typeof value === "number") map.set(last, top === "metadata" ? value : BigInt(value));
      else map.set(last, value.length === 8 ? Buffer.from(value).readDoubleLE() : value);
    }
    if (top === "metadata" && !root.has("filter_metadata")) root.set("filter_metadata", new Map());
    return root;
  }
}

class LazyMap extends Map<string, CelInput> {
  private readonly read: (key: string) => CelInput | undefined;

  constructor(read: (key: string) => CelInput | undefined) {
    super();
    this.read = read;
  }

  override get(key: unknown): CelInput | undefined {
    return typeof key === "string" ? this.read(key) : undefined;
  }
}

class HeaderAttributes extends Map<string, string> {
  override get(key: unknown): string | undefined {
    return typeof key === "string" ? super.get(key.toLowerCase()) : undefined;
  }
}

const NANOS_PER_SECOND = 1_000_000_000n;

function secondsAndNanos(nanoseconds: bigint): { seconds: bigint; nanos: number } {
  const seconds = nanoseconds / NANOS_PER_SECOND;
  return { seconds, nanos: Number(nanoseconds % NANOS_PER_SECOND) };
}
