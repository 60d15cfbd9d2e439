/** Reads a parsed protobuf message in JSON form field by field, and refuses what nobody has read. */

/** A bootstrap that the host cannot run as Envoy would; the message begins with the path of the field at fault. */
export class BootstrapRefused extends Error {
  override readonly name = "BootstrapRefused";
  /** Where in the bootstrap, such as `static_resources.listeners[0].address`. */
  readonly path: string;

  constructor(path: string, reason: string) {
    super(`${path === "" ? "the bootstrap" : path}: ${reason}`);
    this.path = path;
  }
}

/** A message with its type, from a `google.protobuf.Any`. */
export interface TypedMessage {
  /** The type's full name, without `type.googleapis.com/`. */
  readonly type: string;
  readonly message: Message;
}

/** A message whose fields are read one by one; see {@link read}. Field names are those of the .proto files. */
export class Message {
  readonly path: string;
  private readonly fields: Record<string, unknown>;
  private readonly seen = new Set<string>(["@type"]);

  constructor(value: unknown, path: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new BootstrapRefused(path, "a message is expected here");
    this.path = path;
    this.fields = value as Record<string, unknown>;
  }

  /** Where a field stands. */
  at(name: string): string {
    return this.path === "" ? name : `${this.path}.${name}`;
  }

  has(name: string): boolean {
    return this.fields[name] !== undefined && this.fields[name] !== null;
  }

  /** The field as it is, and it counts as read. */
  raw(name: string): unknown {
    this.seen.add(name);
    return this.fields[name] ?? undefined;
  }

  optionalString(name: string): string | undefined {
    const value = this.raw(name);
    if (value !== undefined && typeof value !== "string") this.refuse(name, "a string is expected here");
    return value;
  }

  /** Empty where it is absent, as in protobuf. */
  string(name: string): string {
    return this.optionalString(name) ?? "";
  }

  /** Refused where it is absent or empty. */
  requiredString(name: string): string {
    return this.string(name) || this.refuse(name, "is missing");
  }

  boolean(name: string): boolean {
    const value = this.raw(name) ?? false;
    return typeof value === "boolean" ? value : this.refuse(name, "`true` or `false` is expected here");
  }

  /** A whole number from 0; 0 where it is absent. */
  number(name: string): number {
    const value = Number(this.raw(name) ?? 0);
    return Number.isSafeInteger(value) && value >= 0
      ? value
      : this.refuse(name, "a whole number is expected here");
  }

  /** A `google.protobuf.Duration` such as `1.5s`, in milliseconds. */
  milliseconds(name: string): number | undefined {
    const text = this.optionalString(name);
    if (text === undefined) return undefined;
    const seconds = /^(\d+(?:\.\d+)?)s$/.exec(text)?.[1];
    return Number(seconds ?? this.refuse(name, "a duration such as `1.5s` is expected here")) * 1000;
  }

  /** One of the words; the first where it is absent. */
  word<W extends string>(name: string, ...words: [W, ...W[]]): W {
    const value = this.optionalString(name) ?? words[0];
    const found = words.find((word) => word === value);
    return found ?? this.refuse(name, `\`${value}\` is not supported by this host, only ${words.join(", ")}`);
  }

  /** Refused where it is absent. */
  message<T>(name: string, reader: (message: Message) => T): T {
    return this.optional(name, reader) ?? this.refuse(name, "is missing");
  }

  optional<T>(name: string, reader: (message: Message) => T): T | undefined {
    return this.has(name) ? read(this.raw(name), this.at(name), reader) : undefined;
  }

  list<T>(name: string, reader: (message: Message) => T): T[] {
    return this.items(name).map((item, i) => read(item, `${this.at(name)}[${i}]`, reader));
  }

  /** A list that this host knows with exactly one entry. */
  only<T>(name: string, reader: (message: Message) => T): T {
    const count = this.items(name).length;
    if (count !== 1) this.refuse(name, `this host wants exactly one here, not ${count}`);
    return this.list(name, reader)[0] as T;
  }

  strings(name: string): string[] {
    return this.items(name).map((item, i) => {
      if (typeof item === "string") return item;
      throw new BootstrapRefused(`${this.at(name)}[${i}]`, "a string is expected here");
    });
  }

  /** A `google.protobuf.Any`; `reader` is handed its type and fields. */
  any<T>(name: string, reader: (typed: TypedMessage) => T): T {
    const typed = this.typed(name);
    const result = reader(typed);
    typed.message.end();
    return result;
  }

  /** As {@link any}, for who reads it later and then calls its {@link end}. */
  typed(name: string): TypedMessage {
    if (!this.has(name)) this.refuse(name, "is missing");
    const message = new Message(this.raw(name), this.at(name));
    const type = message.string("@type").replace(/^.*\//, "");
    return { type: type || message.refuse("@type", "is missing"), message };
  }

  /** Fields that make no difference to what this host does. */
  ignore(...names: string[]): void {
    for (const name of names) this.seen.add(name);
  }

  refuse(name: string, reason: string): never {
    throw new BootstrapRefused(this.at(name), reason);
  }

  /** Refuses the fields that nobody has read. */
  end(): void {
    for (const name of Object.keys(this.fields))
      if (!this.seen.has(name) && this.has(name)) this.refuse(name, "is not supported by this host");
  }

  private items(name: string): unknown[] {
    const value = this.raw(name) ?? [];
    return Array.isArray(value) ? value : this.refuse(name, "a list is expected here");
  }
}

/** Hands a message to its reader and refuses what the reader leaves unread. */
export function read<T>(value: unknown, path: string, reader: (message: Message) => T): T {
  const message = new Message(value, path);
  const result = reader(message);
  message.end();
  return result;
}

/** What an extension's type must be. */
export function expectType({ type, message }: TypedMessage, expected: string): Message {
  if (type !== expected)
    throw new BootstrapRefused(
      message.path,
      `\`${type}\` is not supported by this host, only \`${expected}\``,
    );
  return message;
}
