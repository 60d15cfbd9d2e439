// Requests as people write and read them.
export { credentialsOf } from "./credentials.ts";
export { parseCurl, type CurlRequest } from "./curl.ts";
export {
  checkDescription,
  merged,
  requestDescription,
  requestFields,
  type RequestDescription,
} from "./description.ts";
export { isRefused, present, type Refused } from "./present.ts";
export { readDescription } from "./read.ts";
export { requestOf, type RequestContext } from "./request.ts";
export { testKeysOf } from "./test-keys.ts";
export { curlCommand } from "./write-curl.ts";
export { descriptionOf, requestLine, requestYaml, unicode } from "./write.ts";
