// Finds or installs the Envoy that tests use; says why where there is none. In CI that is a failure.
import { envoyForTests } from "../envoy/testing.ts";

await envoyForTests();
