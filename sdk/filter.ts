// Which object answers for which context.
import { abandon } from "./callouts";
import { Context } from "./context";
import { log } from "./log";
import { LogLevel } from "./abi/numbers";

let make: () => Context = (): Context => new Context();

// The filter object of the first configuration; most VMs never have another.
let first: Context | null = null;

// Whether the module exports `proxy_on_context_create`. Where it does not, this is never set and the compiler drops all
// that only filters with an object per stream or per configuration need.
let created: bool = false;
// Objects by context: filter objects, those of streams, and, while there are several filter objects, for each stream
// without an object of its own the one that serves it.
let contexts: Map<u32, Context> | null = null;
let filters: Context[] | null = null;

/**
 * Makes a class the module's filter: `registerFilter(() => new Hello())`. The function is called for each configuration
 * that the proxy loads into the VM. Call this once, at the top level of the module.
 */
export function registerFilter(factory: () => Context): void {
  make = factory;
}

/** The object that a context's callbacks go to; null where it is gone. */
export function contextOf(id: u32): Context | null {
  if (created) {
    const map = contexts;
    if (map !== null && map.has(id)) return map.get(id);
  }
  return theFilter();
}

/** The filter object where there is one for the whole VM. */
export function theFilter(): Context {
  let filter = first;
  if (filter === null) {
    first = filter = make();
    filter.bindContext(0, true);
  }
  return filter;
}

/** How many objects are kept whatever a collection finds. */
export function keptObjects(): u32 {
  if (!created) return 0;
  const map = contexts;
  return map === null ? 0 : <u32>map.size;
}

/** `proxy_on_context_create`: a filter object where `parent` is 0, else a stream or a connection of it. */
export function createContext(id: u32, parent: u32): void {
  created = true;
  let map = contexts;
  if (map === null) contexts = map = new Map<u32, Context>();
  if (parent == 0) {
    const filter = make();
    filter.bindContext(id, true);
    map.set(id, filter);
    let all = filters;
    if (all === null) filters = all = [];
    all.push(filter);
    first = all[0];
    return;
  }
  const filter = map.has(parent) ? map.get(parent) : theFilter();
  const context = filter.createContext();
  if (context !== null) {
    context.bindContext(id, false);
    map.set(id, context);
  } else if (severalFilters()) {
    // While there is one, it is found without an entry.
    map.set(id, filter);
  }
}

/** `proxy_on_delete`. */
export function deleteContext(id: u32): void {
  abandon(id);
  const map = contexts;
  if (map === null || !map.has(id)) return;
  const context = map.get(id);
  map.delete(id);
  const all = filters;
  if (all === null || context.id != id) return;
  const index = all.indexOf(context);
  if (index < 0) return;
  all.splice(index, 1);
  first = all.length > 0 ? all[0] : null;
}

function severalFilters(): bool {
  const all = filters;
  return all !== null && all.length > 1;
}

let configured: u32 = 0;

/**
 * Whether a configuration can be given to the filter. Without `proxy_on_context_create` there is one object for the VM,
 * and a second plugin would silently share it.
 */
export function mayConfigure(id: u32): bool {
  if (created || configured == 0 || configured == id) {
    configured = id;
    return true;
  }
  log(
    LogLevel.Error,
    "another plugin with its own configuration uses this VM: export proxy_on_context_create and proxy_on_delete as well",
  );
  return false;
}
