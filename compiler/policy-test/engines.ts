// The engines of a run: one for each set of policies.
import { EnvoyEngine, envoyCannot } from "../engines/envoy.ts";
import { hostEngine, interpreterEngine, type Engine } from "../engines/index.ts";
import type { Request } from "../ir/interpret.ts";
import { asksTheTime } from "./asks-the-time.ts";
import type { ReadyTest, Subject } from "./subject.ts";

export type EngineName = Engine["name"];

export interface RunningEngines {
  readonly name: EngineName;
  /** Whether time passes as it does: cases then begin now. */
  readonly realTime: boolean;
  of(subject: Subject): Engine;
  /** Why a request cannot be sent; undefined: it can. */
  cannot(request: Request, subject: Subject): string | undefined;
  close(): Promise<void>;
}

/** Starts what decides. `envoy`: finds the path of one. */
export async function startEngines(
  name: EngineName,
  ready: readonly ReadyTest[],
  envoy: () => Promise<string>,
): Promise<RunningEngines> {
  const subjects = [...new Set(ready.map(({ subject }) => subject))];
  const executable = name === "envoy" ? await envoy() : "";
  const engines = new Map(
    subjects.map((subject) => [
      subject,
      {
        engine: engineFor(name, subject, executable, casesOf(subject, ready)),
        asksTheTime: asksTheTime(subject.target.program),
      },
    ]),
  );
  return {
    name,
    realTime: name === "envoy",
    of: (subject) => {
      const found = engines.get(subject);
      if (!found) throw new Error("no engine was started for these policies");
      return found.engine;
    },
    cannot: (request, subject) => {
      if (name !== "envoy") return undefined;
      if (engines.get(subject)?.asksTheTime)
        return "a condition asks the time, and Envoy's clock cannot be stopped";
      return envoyCannot(request);
    },
    close: async () => {
      for (const { engine } of engines.values()) await engine.close();
    },
  };
}

function casesOf(subject: Subject, ready: readonly ReadyTest[]): number {
  return ready.reduce((sum, { test, subject: of }) => (of === subject ? sum + test.cases.length : sum), 0);
}

function engineFor(name: EngineName, { target, filter }: Subject, executable: string, cases: number): Engine {
  if (!filter || name === "interpreter") return interpreterEngine(target.program);
  return name === "host" ? hostEngine(filter) : new EnvoyEngine(executable, filter, cases);
}
