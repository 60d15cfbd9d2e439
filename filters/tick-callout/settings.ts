// What the configuration says: lines of a name and a value.
import { Bytes } from "proxy-wasm-assemblyscript-sdk";

const LONGEST_MILLISECONDS: i64 = 24 * 60 * 60 * 1000;

/**
 * The filter's settings, all of which must be there once, in any order; empty lines and lines that begin with `#` say
 * nothing. Times are whole milliseconds, 1 to a day's.
 */
export class Settings {
  /** How long from one poll to the next. */
  everyMilliseconds: u32 = 0;
  /** How long to wait for an answer. */
  timeoutMilliseconds: u32 = 0;
  /** For how long an answer counts while no newer one comes. */
  keepMilliseconds: u32 = 0;
  /** Whether requests pass while nothing is known. */
  passUnknown: bool = false;

  /** Takes in the lines. Empty: they are in order; else what is wrong with them. */
  read(text: Bytes): string {
    const lines = text.split("\n");
    const seen = new Set<string>();
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i].trim();
      if (line.size == 0 || line.startsWith("#")) continue;
      const blank = line.indexOf(" ");
      const end = blank < 0 ? line.size : <u32>blank;
      const name = line.slice(0, end).toString();
      const value = line.slice(end).trim();
      if (seen.has(name)) return "'" + name + "' is there twice";
      seen.add(name);
      const fault = this.set(name, value);
      if (fault.length > 0) return fault;
    }
    for (let i = 0; i < NAMES.length; i++) {
      if (!seen.has(NAMES[i])) return "'" + NAMES[i] + "' is missing";
    }
    return "";
  }

  private set(name: string, value: Bytes): string {
    if (name == "unknown") {
      this.passUnknown = value.equals("open");
      if (this.passUnknown || value.equals("closed")) return "";
      return "'unknown' must be 'open' or 'closed', not '" + value.toString() + "'";
    }
    if (!NAMES.includes(name)) return "there is no setting '" + name + "'";
    const milliseconds = value.toInteger();
    if (milliseconds < 1 || milliseconds > LONGEST_MILLISECONDS) {
      return "'" + name + "' must be milliseconds, 1 to 86400000, not '" + value.toString() + "'";
    }
    if (name == "every") this.everyMilliseconds = <u32>milliseconds;
    else if (name == "timeout") this.timeoutMilliseconds = <u32>milliseconds;
    else this.keepMilliseconds = <u32>milliseconds;
    return "";
  }
}

const NAMES: StaticArray<string> = ["every", "timeout", "keep", "unknown"];
