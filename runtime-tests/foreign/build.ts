// `npx tsx runtime-tests/foreign/build.ts [--install] [rust] [go]`: prints where the modules lie.
import { foreignModule, languages, type Language } from "./foreign-module.ts";
import { isCi } from "./testing.ts";
import { ToolchainUnavailable } from "./toolchains.ts";

const args = process.argv.slice(2);
const named = args.filter((arg) => arg !== "--install");
const unknown = named.find((name) => !languages.includes(name as Language));
if (unknown !== undefined) {
  console.error(`\`${unknown}\` is none of: ${languages.join(", ")}, --install`);
  process.exit(2);
}
const install = args.includes("--install") || isCi();
for (const language of named.length > 0 ? (named as Language[]) : languages) {
  try {
    console.log(await foreignModule(language, { install, progress: (line) => console.error(line) }));
  } catch (error) {
    process.exitCode = 1;
    console.error(error instanceof ToolchainUnavailable ? `${error.message}\n${error.remedy}` : error);
  }
}
