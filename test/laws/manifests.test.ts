import { expect, test } from "vitest";
import { originOf, strangeTargets } from "../../scripts/check-manifests.mjs";

const whole = {
  homepage: "https://host.test/owner/name#readme",
  bugs: { url: "https://host.test/owner/name/issues" },
  repository: { type: "git", url: "https://host.test/owner/name" },
};

test("a package names its origin: the repository, and its folder there", () => {
  expect(originOf(whole, "client")).toEqual({
    homepage: "https://host.test/owner/name/tree/main/packages/client#readme",
    bugs: whole.bugs,
    repository: {
      type: "git",
      url: "git+https://host.test/owner/name.git",
      directory: "packages/client",
    },
  });
});

test("an import that resolves into another package is found: Metro bundles files of the package only", () => {
  const imports = {
    "#fine": { browser: "./dist/a.js", default: "./dist/b.js" },
    "#strange": { browser: "@steadfeed/parser/lean", default: "./dist/c.js" },
  };
  expect(strangeTargets("client", { imports })).toEqual([
    "packages/client: #strange leads to @steadfeed/parser/lean, which is no file of its own.",
  ]);
  expect(strangeTargets("contract", {})).toEqual([]);
});
