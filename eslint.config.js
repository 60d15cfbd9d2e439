// Lint rules, and the architecture's import rules (ARCHITECTURE.md): who may know whom.
import js from "@eslint/js";
import tseslint from "typescript-eslint";

const steps = ["1-parse", "2-check", "3-lower", "4-plan", "5-emit", "6-assemble", "7-package"];

/** @param {string} regex @param {string} message */
const never = (regex, message) => ({ regex, message });

/**
 * @param {string[]} files
 * @param {object[]} patterns
 * @returns {import("typescript-eslint").ConfigArray[number]}
 */
const mayNotImport = (files, ...patterns) => ({
  files,
  rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns }] },
});

const stepRules = steps.map((step, index) =>
  mayNotImport(
    [`compiler/${step}/**/!(*.test).ts`],
    ...steps
      .slice(index + 1)
      .map((later) => never(`/${later}/`, `${step} knows nothing of the later step ${later}`)),
    ...steps.slice(0, index).map((earlier) => ({
      ...never(`/${earlier}/`, `of the earlier step ${earlier} only types`),
      allowTypeImports: true,
    })),
    never("^\\.\\./(index|cli/)", "steps know nothing of what runs them"),
    never("/(host|envoy|bench|runtime-tests)/", "the compiler's steps know no proxy"),
  ),
);

export default tseslint.config(
  {
    ignores: ["**/dist/", "**/dist.*/", "**/node_modules/", "**/*.golden.ts", ".tollgate/", "build/"],
  },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
    },
  },
  {
    // AssemblyScript looks like TypeScript but is not: asc checks its types, here only imports are looked at.
    files: [
      "sdk/**/*.ts",
      "filters/**/*.ts",
      "compiler/templates/**/*.ts",
      "**/testing/*.as.ts",
      "runtime-tests/assembly/**/*.ts",
    ],
    ignores: ["**/*.test.ts", "filters/testing/*.ts"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { parserOptions: { projectService: false } },
    rules: {
      "no-undef": "off",
      "prefer-const": "error",
      "@typescript-eslint/no-namespace": "off",
      "@typescript-eslint/no-unused-vars": "off",
      "@typescript-eslint/no-unused-expressions": "off",
      "@typescript-eslint/no-extraneous-class": "off",
      "@typescript-eslint/explicit-module-boundary-types": "off",
      "no-loss-of-precision": "off",
      "@typescript-eslint/no-loss-of-precision": "off",
    },
  },
  {
    files: ["**/*.js", "**/*.mjs"],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } },
  },
  ...stepRules,
  mayNotImport(
    ["compiler/kinds/*/*.ts"],
    never("^\\.\\./(?!kind\\.ts$|attachment/|gateway-api/|\\.\\./)", "kinds never import each other"),
    never("/[1-7]-", "kinds know no step"),
    never("^\\.\\./\\.\\./(index|cli/)", "kinds know nothing of what runs them"),
  ),
  mayNotImport(
    ["compiler/{automata,cel,jwk,ir,schema,diagnostics,source,http,net}/**/*.ts"],
    never("/[1-7]-|/kinds/|/cli/|^\\.\\./index", "shared folders stand below the steps and the kinds"),
  ),
  mayNotImport(
    ["compiler/questions/**/!(*.test).ts"],
    never(
      "/[1-35-7]-|/kinds/|/cli/|^\\.\\./index",
      "questions are about conditions: they know the planner's parts, and no policies",
    ),
  ),
  mayNotImport(
    ["sdk/**/!(*.test).ts", "filters/**/!(*.test).ts"],
    never("(^|/)(compiler|host|envoy)/|^tollgate$", "the SDK and the filters stand alone"),
  ),
  mayNotImport(["sdk/**/!(*.test).ts"], never("filters/|tollgate", "the SDK knows no filter")),
  {
    // The rig of the examples' tests runs in Node and starts both engines.
    files: ["filters/testing/*.ts"],
    rules: { "@typescript-eslint/no-restricted-imports": "off" },
  },
  mayNotImport(
    ["host/**/*.ts"],
    never(
      "(^|/)(compiler|sdk|filters|envoy|runtime-tests)/|^tollgate|^proxy-wasm",
      "host/ imports nothing from anywhere",
    ),
  ),
  mayNotImport(
    ["envoy/**/*.ts"],
    never("(^|/)(compiler|sdk|filters|host|runtime-tests)/|^tollgate|^proxy-wasm", "envoy/ stands alone"),
  ),
);
