// An SVG taken apart by a strict parser of XML, for tests of what pictures show.
import { SaxesParser } from "saxes";

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Its own text, without that of elements in it. */
  text: string;
}

/** All elements in order. Throws where the text is no well-formed XML. */
export function elementsOf(svg: string): Element[] {
  const found: Element[] = [];
  const open: Element[] = [];
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    const element = { name, attributes, text: "" };
    found.push(element);
    open.push(element);
  });
  parser.on("text", (text) => {
    const element = open.at(-1);
    if (element) element.text += text;
  });
  parser.on("closetag", () => void open.pop());
  parser.write(svg).close();
  return found;
}

/** The texts of a class, in order. */
export function textsOf(svg: string, className: string): string[] {
  return elementsOf(svg).flatMap(({ name, attributes, text }) =>
    name === "text" && attributes["class"] === className ? [text] : [],
  );
}
