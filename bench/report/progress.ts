/** What is being done, a line at a time; tables have stdout to themselves. */
export function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
