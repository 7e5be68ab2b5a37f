const { getDefaultConfig } = require("@react-native/metro-config");
const path = require("node:path");

const config = getDefaultConfig(__dirname);

/** The default of a React Native app, for packages that are linked from the repository. */
module.exports = {
  ...config,
  watchFolders: [path.resolve(__dirname, "../../..")],
  resolver: { ...config.resolver, nodeModulesPaths: [path.resolve(__dirname, "node_modules")] },
  reporter: { update: () => undefined },
};
