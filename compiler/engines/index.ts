// Engines: what decides requests.
export {
  decisionWord,
  decisionWords,
  PLAIN_RESPONSE,
  sortedHeaders,
  stageOf,
  type Answer,
  type DecisionWord,
  type Engine,
  type Forward,
  type Headers,
  type Outcome,
  type SynchronousEngine,
} from "./engine.ts";
export { EngineFailure, hostEngine } from "./host.ts";
export { interpreterEngine } from "./interpreter.ts";
export { countsAlone, standalone, type StandaloneOptions } from "./standalone.ts";
