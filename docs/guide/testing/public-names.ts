// What an AssemblyScript module exports, members included, by TypeScript's eyes.
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const sdk = fileURLToPath(new URL("../../../sdk/", import.meta.url));

/**
 * The public names of the SDK's modules: `log`, `Headers.get`, `Status.Ok`, `request.path`.
 * @param modules entry files, relative to sdk/
 */
export function publicNames(modules: readonly string[]): Set<string> {
  const config = ts.getParsedCommandLineOfConfigFile(path.join(sdk, "tsconfig.json"), undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, "\n"));
    },
  });
  if (config === undefined) throw new Error("sdk/tsconfig.json cannot be read");
  const files = modules.map((module) => path.join(sdk, module));
  const program = ts.createProgram(files, config.options);
  const checker = program.getTypeChecker();
  const names = new Set<string>();
  for (const file of files) {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${file} is no module`);
    for (const exported of checker.getExportsOfModule(module)) {
      names.add(exported.name);
      for (const member of membersOf(checker, exported)) names.add(`${exported.name}.${member}`);
    }
  }
  return names;
}

function membersOf(checker: ts.TypeChecker, exported: ts.Symbol): string[] {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  if (symbol.flags & (ts.SymbolFlags.Module | ts.SymbolFlags.Enum))
    return checker.getExportsOfModule(symbol).map(({ name }) => name);
  if (!(symbol.flags & ts.SymbolFlags.Class)) return [];
  const instance = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol));
  const statics = checker.getPropertiesOfType(checker.getTypeOfSymbol(symbol));
  return [...instance, ...statics].filter(isPublic).map(({ name }) => name);
}

function isPublic({ declarations = [] }: ts.Symbol): boolean {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return declarations.every((declaration) => !(ts.getCombinedModifierFlags(declaration) & hidden));
}
