#!/usr/bin/env node
// Plain JavaScript, for any Node.js: runs the operators' command with the project's own one.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const { status, error } = spawnSync(
  at('../../node_modules/.bin/node'),
  [at('ops.ts'), ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
if (error !== undefined) console.error('The packages are not installed. Run npm ci first.');
process.exit(status ?? 1);
