#!/usr/bin/env node
// Plain JavaScript, for any Node.js: runs the operators' command with the project's own one.
import { fileURLToPath } from 'node:url';
import { runWithOwnNode } from '../local/own-node.mjs';

runWithOwnNode(fileURLToPath(new URL('ops.ts', import.meta.url)), process.argv.slice(2), () => {
  console.error('The packages are not installed. Run npm ci first.');
  process.exit(1);
});
