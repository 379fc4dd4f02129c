// The one part of the launcher that runs as root, directly or through sudo: `install-packages.mjs ROOT POLICY-FILE PACKAGE…`.
import { existsSync } from 'node:fs';
import { installPackages } from './apt.mjs';
import { SetupError } from './steps.mjs';

const [root = '/', policyFile = '', ...packages] = process.argv.slice(2);
try {
  await installPackages(packages, {
    root,
    policyFile,
    usesSystemd: existsSync('/run/systemd/system'),
    environment: process.env,
  });
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
