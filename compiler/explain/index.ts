// Why requests are decided as they are.
export { explain, type ExplainOptions } from "./explain.ts";
export type { Decided, Explanation, RuleExplanation, StageExplanation } from "./explanation.ts";
export type { Finding } from "./findings.ts";
export { explanationToJson } from "./json.ts";
export { excerptOf, placeOf, placeToJson } from "./place.ts";
export { findingWords, renderDecided, renderExplanation, type RenderOptions } from "./render.ts";
export { detailsIn, locate, namedIn, type Located } from "./locate.ts";
