// Jest runs every *.test.ts of the repository as native ES modules; swc strips the types.
export default {
  globalSetup: "<rootDir>/scripts/jest-setup.mjs",
  testEnvironment: "node",
  testMatch: ["**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "/dist/"],
  modulePathIgnorePatterns: ["<rootDir>/\\.tollgate/", "<rootDir>/.*/dist/"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "\\.ts$": [
      "@swc/jest",
      {
        jsc: {
          target: "es2022",
          parser: { syntax: "typescript" },
          experimental: { keepImportAttributes: true },
        },
        module: { type: "es6" },
      },
    ],
  },
  // A real Envoy and asc are started by tests; two cores serve everyone this is tried on.
  testTimeout: 120_000,
};
