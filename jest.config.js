// Jest runs every *.test.ts of the repository as native ES modules; swc strips the types. What a filter does in Envoy is
// tested with the oldest supported Envoy as well, or with the versions in ENVOY_VERSIONS (`npm run test:versions`).
import { asked, besides } from "./scripts/tested-envoys.mjs";

/** What filters do in Envoy. Oracles, and what the host is held to, are of the newest alone. */
const core = [
  ...["requests", "listeners", "observers", "authentication-issuer", "attacks", "gateway-api", "envoy-swap"],
  ...["attacks", "mesh", "reload", "response-cost", "shared", "under-way"].map((name) => `limits/${name}`),
  ...["shared-limits/envoy", "attacks/routing"],
].map((name) => `<rootDir>/runtime-tests/${name}.test.ts`);

const common = {
  testEnvironment: "node",
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
};

const everything = { ...common, testMatch: ["**/*.test.ts"] };

/** @param {string} version */
const inEnvoy = (version) => ({
  ...common,
  displayName: `Envoy ${version}`,
  testMatch: core,
  globals: { TESTED_ENVOY: version },
});

export default {
  // ES modules of finished suites are never given back: without an end to it a process holds gigabytes, and crawls.
  workerIdleMemoryLimit: "1GB",
  globalSetup: "<rootDir>/scripts/jest-setup.mjs",
  projects: [...(asked ? [] : [everything]), ...besides.map(inEnvoy)],
  // A real Envoy and asc are started by tests; two cores serve everyone this is tried on.
  testTimeout: 120_000,
};
