// An example's envoy.yaml and what a test changes in it. Runs in Node.
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import type { TestServer } from "./test-server.ts";

type Fields = Record<string, unknown>;
type Path = readonly (string | number)[];

/** A parsed envoy.yaml that can be changed where it says what the test expects; a path that leads nowhere is an error. */
export class EnvoyYaml {
  readonly bootstrap: Fields;

  constructor(bootstrap: unknown) {
    this.bootstrap = fields(bootstrap, "envoy.yaml");
  }

  static async load(file: URL): Promise<EnvoyYaml> {
    return new EnvoyYaml(parse(await readFile(file, "utf8")));
  }

  /** Replaces what stands at `path`, which must be `before`. */
  set(path: Path, before: unknown, after: unknown): void {
    const last = path.at(-1) ?? "";
    const parent = path.slice(0, -1).reduce<Fields>((at, key) => {
      const next = at[key];
      return fields(next, `envoy.yaml has no \`${path.join(".")}\`: \`${key}\``);
    }, this.bootstrap);
    if (JSON.stringify(parent[last]) !== JSON.stringify(before))
      throw new Error(
        `envoy.yaml has ${JSON.stringify(parent[last])} at \`${path.join(".")}\`, not ${JSON.stringify(before)}`,
      );
    parent[last] = after;
  }

  /** Another `configuration.value` for the plugin of this name, which must have one. */
  configure(pluginName: string, value: unknown): void {
    const { configuration } = this.plugin(pluginName);
    const present = fields(configuration, `the plugin \`${pluginName}\` has no configuration, so it`);
    if (present["value"] === undefined)
      throw new Error(`the configuration of \`${pluginName}\` has no \`value\``);
    present["value"] = value;
  }

  /** The `PluginConfig` of this name, to be changed in place. Throws where there is not exactly one. */
  plugin(name: string): Fields {
    const found = [...this.objects()].filter(
      (item) => item["vm_config"] !== undefined && item["name"] === name,
    );
    if (found.length !== 1) throw new Error(`envoy.yaml has ${found.length} plugins called \`${name}\``);
    return found[0] as Fields;
  }

  /** In the order of the file. */
  get listenerNames(): string[] {
    const resources = fields(this.bootstrap["static_resources"], "static_resources");
    return list(resources["listeners"]).map((listener) => String(listener["name"]));
  }

  /** Every port of Envoy's own becomes any free one. */
  takeAnyPorts(): void {
    const resources = fields(this.bootstrap["static_resources"], "static_resources");
    const owners = [...list(resources["listeners"]), this.bootstrap["admin"]];
    for (const owner of owners) socketOf(owner)["port_value"] = 0;
  }

  /** Points each cluster at its server; there must be one for each cluster, and a cluster for each. */
  connect(servers: Readonly<Record<string, TestServer>>): void {
    const clusters = list(fields(this.bootstrap["static_resources"], "static_resources")["clusters"]);
    const names = clusters.map((cluster) => String(cluster["name"]));
    for (const name of Object.keys(servers))
      if (!names.includes(name))
        throw new Error(`envoy.yaml has no cluster \`${name}\`, only ${names.join(", ")}`);
    for (const cluster of clusters) {
      const name = String(cluster["name"]);
      const server = servers[name];
      if (server === undefined) throw new Error(`no server was given for the cluster \`${name}\``);
      const assignment = fields(cluster["load_assignment"], `\`load_assignment\` of \`${name}\``);
      for (const locality of list(assignment["endpoints"]))
        for (const { endpoint } of list(locality["lb_endpoints"]))
          socketOf(endpoint)["port_value"] = server.port;
    }
  }

  /** The names of all files that it mentions; `replace` answers what stands in for one. */
  async replaceFiles(replace: (filename: string) => Promise<string>): Promise<void> {
    for (const item of this.objects())
      if (typeof item["filename"] === "string") item["filename"] = await replace(item["filename"]);
  }

  private objects(): Set<Fields> {
    const found = new Set<Fields>();
    const visit = (value: unknown): void => {
      if (Array.isArray(value)) return value.forEach(visit);
      if (typeof value !== "object" || value === null) return;
      found.add(value as Fields);
      Object.values(value).forEach(visit);
    };
    visit(this.bootstrap);
    return found;
  }
}

function fields(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null) throw new Error(`${what} is not there`);
  return value as Fields;
}

function list(value: unknown): Fields[] {
  return (value ?? []) as Fields[];
}

function socketOf(owner: unknown): Fields {
  const address = fields(fields(owner, "what should have an address")["address"], "an address");
  return fields(address["socket_address"], "a socket address");
}
