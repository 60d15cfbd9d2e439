// Envoy's foreign functions. What a host does not have answers null, or `NotFound`; nothing traps. For functions of
// other hosts there is `callForeignFunction`, and `onForeignFunction` for those that call back.
export { callForeignFunction } from "./call";
export { compress, uncompress } from "./compression";
export { declareProperty, PropertyType } from "./declared-property";
export { derSignature } from "./ecdsa";
export { Expression } from "./expression";
export { setFilterState } from "./filter-state";
export { LifeSpan } from "./life-span";
export { clearRouteCache } from "./route-cache";
export { Hash, sign, signatureError, verifySignature } from "./signatures";
