const { getDefaultConfig } = require("@react-native/metro-config");
const { resolve } = require("node:path");

const config = getDefaultConfig(__dirname);

/** The default of a React Native app, for packages that are linked from the repository. */
module.exports = {
  ...config,
  watchFolders: [resolve(__dirname, "../../..")],
  resolver: { ...config.resolver, nodeModulesPaths: [resolve(__dirname, "node_modules")] },
  reporter: { update: () => undefined },
};
