// The `prepack` of a package: writes the declarations of what it exports to dist/types, as tsconfig.types.json in the
// current folder says, and of its inner files only those that the exported ones mention.
import { rmSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import ts from "typescript";

/** @param {readonly ts.Diagnostic[]} diagnostics */
function stopAt(diagnostics) {
  if (diagnostics.length === 0) return;
  console.error(
    ts.formatDiagnostics(diagnostics, {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => process.cwd(),
      getNewLine: () => "\n",
    }),
  );
  process.exit(1);
}

const file = path.resolve("tsconfig.types.json");
const config = ts.getParsedCommandLineOfConfigFile(file, undefined, {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: (diagnostic) => stopAt([diagnostic]),
});
if (!config) throw new Error(`cannot read ${file}`);
stopAt(config.errors);

/** @type {Map<string, string>} */
const declarations = new Map();
// Whether the types are right is `npm run typecheck`'s to say.
const program = ts.createProgram(config.fileNames, config.options);
stopAt(program.emit(undefined, (name, text) => declarations.set(path.resolve(name), text)).diagnostics);

const { dependencies = {}, peerDependencies = {} } = JSON.parse(readFileSync("package.json", "utf8"));
const known = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)]);
const outDir = path.resolve(config.options.outDir ?? "dist/types");
const rootDir = path.resolve(config.options.rootDir ?? ".");

/** @type {Set<string>} */
const reached = new Set();
/** @param {string} declaration */
function reach(declaration) {
  if (reached.has(declaration)) return;
  const text = declarations.get(declaration);
  if (text === undefined) throw new Error(`${declaration} is mentioned, but there is no such file`);
  reached.add(declaration);
  for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
    if (fileName.startsWith(".")) {
      reach(path.resolve(path.dirname(declaration), fileName.replace(/(\.d)?\.[jt]s$/, ".d.ts")));
      continue;
    }
    const name = fileName.split("/", fileName.startsWith("@") ? 2 : 1).join("/");
    if (!name.startsWith("node:") && !builtinModules.includes(name) && !known.has(name))
      throw new Error(`${declaration} mentions the package ${name}, which is not installed with this one`);
  }
}
for (const entry of config.fileNames)
  reach(path.resolve(outDir, path.relative(rootDir, entry).replace(/\.ts$/, ".d.ts")));

rmSync(outDir, { recursive: true, force: true });
for (const declaration of reached) {
  mkdirSync(path.dirname(declaration), { recursive: true });
  writeFileSync(declaration, declarations.get(declaration) ?? "");
}
