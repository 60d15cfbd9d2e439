// The engines of a run: one for each set of policies.
import { hostEngine, interpreterEngine, type Engine } from "../engines/index.ts";
import type { Request } from "../ir/interpret.ts";
import type { ReadyTest, Subject } from "./subject.ts";

export type EngineName = Engine["name"];

export interface RunningEngines {
  readonly name: EngineName;
  of(subject: Subject): Engine;
  /** Why a request cannot be sent; undefined: it can. */
  cannot?(request: Request, subject: Subject): string | undefined;
  close(): Promise<void>;
}

/** Starts what decides. */
export function startEngines(name: EngineName, ready: readonly ReadyTest[]): Promise<RunningEngines> {
  const subjects = [...new Set(ready.map(({ subject }) => subject))];
  const engines = new Map(subjects.map((subject) => [subject, engineFor(name, subject)]));
  return Promise.resolve({
    name,
    of: (subject) => {
      const engine = engines.get(subject);
      if (!engine) throw new Error("no engine was started for these policies");
      return engine;
    },
    close: async () => {
      for (const engine of engines.values()) await engine.close();
    },
  });
}

function engineFor(name: EngineName, { target, filter }: Subject): Engine {
  return filter && name === "host" ? hostEngine(filter) : interpreterEngine(target.program);
}
