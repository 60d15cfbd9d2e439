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

/** What of a version decides. */
export type Version = Pick<Target, "program" | "pathNormalization">;

/** What differs, as far as the reference interpreter can say. */
export function compareVersions(versions: Sides<Version>): Found {
  const trial = new Trial({ old: versions.old.program, new: versions.new.program });
  return together([
    compareAuthentication(trial),
    compareAuthorization(trial),
    compareCrossOrigin(trial),
    compareRouting(trial),
    compareLimits(trial),
    compareSurroundings(versions, trial),
  ]);
}
