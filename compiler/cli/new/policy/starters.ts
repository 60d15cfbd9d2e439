// The kinds of policies that can be started, in the order in which requests meet them.
import { authentication } from "./authentication.ts";
import { authorization } from "./authorization.ts";
import { headerRoute } from "./header-route.ts";
import { rateLimit } from "./rate-limit.ts";
import { route } from "./route.ts";
import type { Starter } from "./starter.ts";

export const starters: readonly Starter[] = [authentication, authorization, rateLimit, route, headerRoute];
