// Two versions of what one workload has, compared stage by stage.
import type { Target } from "../index.ts";
import { compareAuthentication } from "./authentication.ts";
import { compareAuthorization } from "./authorization.ts";
import { together, type Found, type Sides } from "./change.ts";
import { compareCrossOrigin } from "./cross-origin.ts";
import { compareLimits } from "./limits.ts";
import { compareRouting } from "./routing.ts";
import { compareSurroundings } from "./surroundings.ts";
import { Trial } from "./trial.ts";

/** What is told of both versions, with the interpreter's word for it. */
export function compareTargets(targets: Sides<Target>): Found {
  const trial = new Trial({ old: targets.old.program, new: targets.new.program });
  return together([
    compareAuthentication(trial),
    compareAuthorization(trial),
    compareCrossOrigin(trial),
    compareRouting(trial),
    compareLimits(trial),
    compareSurroundings(targets, trial),
  ]);
}
