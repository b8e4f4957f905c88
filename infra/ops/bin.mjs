#!/usr/bin/env node
// Runs the operators' command with the project's own Node.js. Plain JavaScript, because any version of Node.js may start it.
import { fileURLToPath } from 'node:url';
import { runWithOwnNode } from '../local/machine/own-node.mjs';

runWithOwnNode(fileURLToPath(new URL('ops.ts', import.meta.url)), process.argv.slice(2), () => {
  console.error('The packages are not installed. Run npm ci first.');
  process.exit(1);
});
