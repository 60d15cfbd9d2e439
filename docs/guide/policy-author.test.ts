// The policy author's guide is followed.
import { test } from "@jest/globals";
import { temporaryFolder } from "../../compiler/testing/command.ts";
import { follow } from "./testing/journey.ts";

// Filters are compiled, several times.
const LONGEST_MS = 300_000;

test(
  "the guide",
  async () => {
    const { path: folder, remove } = await temporaryFolder();
    const git = {
      GIT_AUTHOR_NAME: "ann",
      GIT_AUTHOR_EMAIL: "ann@shop.test",
      GIT_COMMITTER_NAME: "ann",
      GIT_COMMITTER_EMAIL: "ann@shop.test",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
    };
    try {
      await follow({
        file: new URL("policy-author.md", import.meta.url),
        folder,
        env: git,
        // The command is here already.
        here: (command) => (command.startsWith("alias ") ? undefined : command),
      });
    } finally {
      await remove();
    }
  },
  LONGEST_MS,
);
