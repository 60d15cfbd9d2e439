// Envoy's way of naming the message that an extension's configuration is, and of saying that a file holds it.

/** `fields` as a `google.protobuf.Any` of the message `envoy.extensions.<message>`. */
export function typed(message: string, fields: object = {}): { readonly "@type": string } {
  return { "@type": `type.googleapis.com/envoy.extensions.${message}`, ...fields };
}

/** A `ConfigSource` that is a file, which Envoy reads anew whenever another is renamed to its place. */
export function fromFile(path: string): object {
  return { path_config_source: { path }, resource_api_version: "V3" };
}
