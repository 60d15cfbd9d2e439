// Envoy's way of naming the message that an extension's configuration is.

/** `fields` as a `google.protobuf.Any` of the message `envoy.extensions.<message>`. */
export function typed(message: string, fields: object = {}): object {
  return { "@type": `type.googleapis.com/envoy.extensions.${message}`, ...fields };
}
