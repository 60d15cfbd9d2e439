// A configuration that changes while Envoy runs: a bootstrap, and the files beside it that Envoy reads anew whenever another is
// renamed to their place (LDS, RDS, CDS, ECDS).
import { createHash, randomBytes } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { checkListeners, clusters, surroundings, type BootstrapOptions } from "./bootstrap.ts";
import { wasmFilter } from "./http-filters.ts";
import { listener, routeConfiguration, type ListenerConfig, type ListenerFiles } from "./listener.ts";
import { united } from "./routing.ts";
import { fromFile } from "./typed.ts";

/** One version of what an Envoy does: a listener with its filters, and what they call. */
export interface Version extends Pick<BootstrapOptions, "callouts"> {
  /**
   * From version to version its name, addresses and names of filters stay as they are. What changes beside filters and
   * routing replaces the listener, so that clients are asked to open new connections.
   */
  readonly listener: ListenerConfig;
}

/** A file that Envoy follows. */
export interface FollowedFile {
  readonly name: string;
  readonly content: string;
  /** What Envoy's statistics about taking it begin with. */
  readonly stats: string;
}

const LISTENERS = "listeners.json";
const CLUSTERS = "clusters.json";
const ROUTES = "routes.json";

/** The bootstrap that makes Envoy follow the files in `directory`, an absolute path. */
export function followingBootstrap(
  directory: string,
  options: Pick<BootstrapOptions, "adminAddress" | "adminPort"> = {},
): object {
  return {
    ...surroundings(options),
    // Envoy does not follow files without a name of its own.
    node: { id: "tollgate", cluster: "tollgate" },
    dynamic_resources: {
      lds_config: fromFile(path.join(directory, LISTENERS)),
      cds_config: fromFile(path.join(directory, CLUSTERS)),
    },
  };
}

/** The clusters of several versions: where they differ about one, the last counts. */
export function clustersFile(versions: readonly Version[]): FollowedFile {
  return {
    name: CLUSTERS,
    content: discovered(
      "config.cluster.v3.Cluster",
      clusters({
        listeners: [joined(versions)],
        callouts: new Map(versions.flatMap(({ callouts }) => [...(callouts ?? [])])),
      }),
    ),
    stats: "cluster_manager.cds.",
  };
}

/** The routes that the filters of several versions ask for. */
export function routesFile(versions: readonly Version[]): FollowedFile {
  const config = joined(versions);
  return {
    name: ROUTES,
    content: discovered("config.route.v3.RouteConfiguration", [routeConfiguration(config)]),
    stats: `http.${config.name}.rds.${config.name}.`,
  };
}

/** A file for each filter. */
export function filterFiles({ listener: config }: Version): FollowedFile[] {
  return config.filters.map((filter) => {
    const name = resourceName(config, filter.name);
    return {
      name: fileOf(name),
      content: discovered("config.core.v3.TypedExtensionConfig", [{ ...wasmFilter(filter), name }]),
      stats: `extension_config_discovery.http_filter.${name}.`,
    };
  });
}

/** `inline`: with the filters in the listener itself, so that Envoy takes both or none. */
export function listenersFile(
  directory: string,
  { listener: config }: Version,
  inline = false,
): FollowedFile {
  const followed = inline ? [] : config.filters;
  const files: ListenerFiles = {
    routes: path.join(directory, ROUTES),
    filters: new Map(
      followed.map(({ name }) => {
        const resource = resourceName(config, name);
        return [name, { resource, path: path.join(directory, fileOf(resource)) }];
      }),
    ),
  };
  return {
    name: LISTENERS,
    content: discovered("config.listener.v3.Listener", [listener(config, files)]),
    stats: "listener_manager.lds.",
  };
}

/** All files of one version, in the order in which Envoy has to see them. Throws TypeError as `bootstrap` does. */
export function versionFiles(directory: string, version: Version): FollowedFile[] {
  checkListeners([version.listener]);
  return [
    clustersFile([version]),
    routesFile([version]),
    ...filterFiles(version),
    listenersFile(directory, version),
  ];
}

/** Puts a file in its place at once: who reads it sees the old one or the new one. */
export async function putFile(directory: string, { name, content }: FollowedFile): Promise<void> {
  const temporary = path.join(directory, `.${name}.${randomBytes(6).toString("hex")}`);
  try {
    // `wx`: never through a link that somebody laid there.
    await writeFile(temporary, content, { flag: "wx" });
    await rename(temporary, path.join(directory, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The newest version's listener, with what the others ask of routes as well. */
function joined(versions: readonly Version[]): ListenerConfig {
  const newest = versions.at(-1);
  if (!newest) throw new TypeError("there is no version");
  const routing = united(versions.map(({ listener: { routing } }) => routing));
  return { ...newest.listener, ...(routing && { routing }) };
}

/**
 * What Envoy calls a filter that it follows: another name for each listener, so that a listener that is being replaced does not
 * take a filter that was made for its successor, which may treat paths otherwise.
 */
function resourceName(config: ListenerConfig, filter: string): string {
  const own = listener({ ...config, filters: [] }, { routes: "", filters: new Map() });
  const digest = createHash("sha256").update(JSON.stringify(own));
  return `${filter}.${digest.digest("hex").slice(0, 8)}`;
}

function fileOf(resource: string): string {
  return `filter-${encodeURIComponent(resource)}.json`;
}

/** Resources as Envoy's `DiscoveryResponse`. */
function discovered(message: string, resources: readonly object[]): string {
  const type = `type.googleapis.com/envoy.${message}`;
  const found = resources.map((resource) => ({ "@type": type, ...resource }));
  const digest = createHash("sha256").update(JSON.stringify(found)).digest("hex");
  return (
    JSON.stringify({ version_info: `tollgate-${digest.slice(0, 12)}`, resources: found }, undefined, 2) + "\n"
  );
}
