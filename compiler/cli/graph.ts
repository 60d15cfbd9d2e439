// tollgate graph: a picture of a bundle.
import path from "node:path";
import type { Command } from "commander";
import { writeConfiguration } from "../7-package/write.ts";
import { PICTURE_SIGN } from "../graph/sign.ts";
import { chooseTarget, checkBundle, pathsHelp, showDiagnostics } from "./bundle.ts";
import { CommandFailure, PoliciesAtFault } from "./failure.ts";
import { during, err, out } from "./terminal.ts";

interface GraphOptions {
  readonly output?: string;
  readonly workload?: string;
}

export function addGraph(program: Command): void {
  program
    .command("graph")
    .description("draw a bundle: its stages, its rules, what shadows what, and where requests go")
    .argument("<path...>", pathsHelp)
    .option("-o, --output <file>", "where to write the SVG; `-` is stdout")
    .option("--workload <name>", "the workload to draw, where the bundle names several")
    .addHelpText(
      "after",
      `
Without -o the picture goes to stdout where that is piped, and to <bundle>.svg in this folder where it is a terminal.
A browser shows the file; file and line of each rule stand in it, and all it asks for under the pointer.

Example:
  tollgate graph examples/storefront -o storefront.svg`,
    )
    .action(graph);
}

async function graph(paths: string[], { output, workload }: GraphOptions): Promise<void> {
  const { targets, diagnostics } = await checkBundle(paths);
  showDiagnostics(diagnostics);
  if (targets.length === 0) throw new PoliciesAtFault();
  const target = chooseTarget(targets, workload);
  const svg = await during("drawing", async () => {
    const { drawFilter } = await import("../graph/index.ts");
    return drawFilter(target);
  });
  if (output === "-" || (output === undefined && !out.isTerminal)) {
    if (out.isTerminal)
      throw new CommandFailure("an SVG is nothing for a terminal", "name a file: `-o bundle.svg`");
    process.stdout.write(svg);
    return;
  }
  const file = output ?? `${target.name}.svg`;
  await writePicture(file, svg);
  err.line(err.palette.dim("drawn, for a browser to show:"));
  out.line(path.relative(process.cwd(), path.resolve(file)));
}

/** The file is there whole, or as it was; one that is no such picture is left alone. */
async function writePicture(file: string, svg: string): Promise<void> {
  try {
    await writeConfiguration(file, svg, PICTURE_SIGN);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new CommandFailure(`the folder of \`${file}\` is not there`, "make it, or name another file");
  }
}
