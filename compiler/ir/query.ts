// The query of a path: pairs parted by `&`, percent-decoded; a `+` is a plus. Texts are byte strings.

export interface Parameter {
  readonly name: string;
  readonly value: string;
  /** The pair as it stands in the request. */
  readonly written: string;
}

/** The parameters of a path's query in order, names and values percent-decoded. */
export function parameters(path: string): Parameter[] {
  const query = /^[^?#]*\?([^#]*)/s.exec(path)?.[1];
  if (query === undefined) return [];
  return query.split("&").map((written) => {
    const equals = written.indexOf("=");
    const name = equals < 0 ? written : written.slice(0, equals);
    const value = equals < 0 ? "" : written.slice(equals + 1);
    return { name: decoded(name), value: decoded(value), written };
  });
}

function decoded(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
