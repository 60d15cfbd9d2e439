// Every diagnostic's stable code. A code keeps its meaning for ever; wording may improve.

export const codes = {
  // TG1xxx: files and YAML
  "yaml-syntax": "TG1001",
  "not-a-document": "TG1002",
  "no-policies": "TG1003",
  "too-many-aliases": "TG1004",
  "foreign-document": "TG1005",
  "not-text": "TG1006",
  "nested-too-deeply": "TG1007",
  // TG2xxx: the shape of a document
  "unknown-kind": "TG2001",
  "unknown-version": "TG2002",
  "unknown-field": "TG2003",
  "wrong-type": "TG2004",
  "missing-field": "TG2005",
  "not-supported-yet": "TG2006",
  "bad-value": "TG2007",
  "empty-list": "TG2008",
  "one-of": "TG2009",
  "deprecated-field": "TG2010",
  // TG3xxx: what policies mean
  "duplicate-name": "TG3001",
  "bad-address": "TG3002",
  "bad-header-name": "TG3003",
  "bad-header-value": "TG3004",
  "bad-duration": "TG3005",
  "limit-out-of-range": "TG3006",
  "zero-weights": "TG3007",
  "asterisk-in-the-middle": "TG3008",
  "bad-name": "TG3009",
  "value-never-matches": "TG3010",
  "rule-never-reached": "TG3011",
  "refuses-everything": "TG3012",
  "refuses-nothing": "TG3013",
  "removal-without-effect": "TG3014",
  "not-a-pattern": "TG3015",
  "can-be-evaded": "TG3016",
  "bad-path-template": "TG3017",
  "bad-expression": "TG3018",
  // TG4xxx: bundles and their workloads
  "nothing-applies": "TG4001",
  "selection-without-workloads": "TG4002",
  "over-budget": "TG4003",
  "path-never-seen": "TG4004",
  // TG31xx: tokens and their keys
  "bad-key-set": "TG3101",
  "no-usable-key": "TG3102",
  "key-does-not-fit": "TG3103",
  "private-key": "TG3104",
  "weak-key": "TG3105",
  "key-expired": "TG3106",
  "bad-url": "TG3107",
  "header-taken": "TG3108",
  // TG8xxx: what `tollgate inspect` finds in a module
  "module-import": "TG8001",
  "module-import-type": "TG8002",
  "module-export-type": "TG8003",
  "module-abi-marker": "TG8004",
  "module-allocator": "TG8005",
  "module-memory": "TG8006",
  "module-start": "TG8007",
  "module-unknown-callback": "TG8008",
  "module-idle-callback": "TG8009",
  "module-foreign-function": "TG8010",
  // TG9xxx: faults of the compiler itself
  "internal-assembler": "TG9001",
  "internal-module": "TG9002",
} as const;

/** A diagnostic by its name. */
export type DiagnosticName = keyof typeof codes;
