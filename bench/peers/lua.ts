// `lua`: programs that Envoy compiles itself.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { typed } from "../../envoy/typed.ts";
import { sourceFolder } from "./sources.ts";

/** Envoy's Lua filter with a program (`w2`). `head`: Lua that is put before it, what the program says it needs. */
export async function luaFilter(program: string, head: string): Promise<object> {
  const text = await readFile(path.join(sourceFolder("lua"), `${program}.lua`), "utf8");
  return {
    name: "envoy.filters.http.lua",
    typed_config: typed("filters.http.lua.v3.Lua", {
      default_source_code: { inline_string: `${head}\n${text}` },
    }),
  };
}
