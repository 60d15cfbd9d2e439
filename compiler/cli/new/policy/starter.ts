// The start of a policy: what must be known of it, and what is made of that.

/** A question, which is also an option of the command. */
export interface Question {
  /** The option without its hyphens, and the answer's name. */
  readonly name: string;
  /** What stands for the answer in the command's help: `<path>`. */
  readonly placeholder: string;
  /** As the command's help has it; with a question mark, as a person is asked. */
  readonly asks: string;
  /** The answer where none is given; absent: there must be one. */
  readonly standard?: string | ((answers: Answers) => string);
  /** What is wrong with an answer and what to write; undefined where nothing is. */
  readonly fault: (answer: string) => string | undefined;
}

/** Answers by the names of their questions; those that come later are not there yet. */
export type Answers = Readonly<Record<string, string>>;

/** Where a policy is to be. */
export interface Subject {
  readonly name: string;
  readonly namespace: string;
  /** The bundle that the folder has already, if it has one. */
  readonly bundle?: ExistingBundle;
}

export interface ExistingBundle {
  /** Its file, relative to the folder. */
  readonly file: string;
  readonly backends: readonly string[];
  readonly workloads: readonly string[];
}

/** What is written: documents in YAML. */
export interface Rendered {
  readonly policy: string;
  /** The test's cases, each without indentation, beginning with `- `. */
  readonly cases: readonly string[];
  /** Whether policy and test need the bundle that is there. */
  readonly usesBundle?: boolean;
}

/** A kind of policy that can be started. */
export interface Starter {
  /** As the command calls it. */
  readonly word: string;
  readonly kind: string;
  /** What it is for, in a few words. */
  readonly doc: string;
  /** What such a policy is called where nobody says. */
  readonly name: string;
  readonly questions: readonly Question[];
  /** Whether what a bundle says is needed: then it is looked for in the folder. */
  readonly readsBundle?: true;
  /** Options of an example. */
  readonly example: string;
  render(subject: Subject, answers: Answers): Rendered;
}

/** A text as YAML takes it anywhere: as it is where that is clear, else in quotes. */
export function quoted(text: string): string {
  const plain =
    /^([A-Za-z/][\w./-]*|\d+(\.\d+){3})$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return plain ? text : JSON.stringify(text);
}

/** A list in flow style. */
export function flowList(items: readonly string[]): string {
  return `[${items.map(quoted).join(", ")}]`;
}

/** What stands between commas. */
export function parts(answer: string): readonly string[] {
  return answer
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
