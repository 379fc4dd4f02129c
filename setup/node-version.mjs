// This file keeps to the oldest module syntax, so that an old Node can still read it and say what is wrong.

/** Oldest major version of Node that the launcher itself runs on; Bramble then runs on the Node in node_modules. */
export const oldestMajor = 18;

/**
 * @param {string} version like `v18.20.8` or `20.1.0`
 * @returns {string} why this version cannot run the launcher; empty if it can
 */
export function refuseNode(version) {
  const major = Number(version.replace(/^v/, '').split('.')[0]);
  if (major >= oldestMajor) return '';
  return (
    'Bramble starts with Node ' +
    oldestMajor +
    ' or newer, and this is Node ' +
    version.replace(/^v/, '') +
    '. Install a newer Node (Debian 12: apt-get install nodejs npm), then try again.'
  );
}

/**
 * Loads and runs the launcher, unless this Node is too old to read its files.
 * @param {'start' | 'join' | 'demo' | 'test' | 'check'} goal
 */
export function startLauncher(goal) {
  const refusal = refuseNode(process.version);
  if (refusal) {
    console.error(refusal);
    process.exitCode = 1;
    return;
  }
  import('./launch.mjs')
    .then((launcher) => launcher.launch(goal, process.argv.slice(2)))
    .then((exitCode) => {
      process.exitCode = exitCode;
    });
}
