// Requests the known vulnerabilities of the packages in package-lock.json from npm's registry. A high or critical one fails, and so does
// any one in the packages that the functions contain. A registry without audits, such as a proxy, is reported and does not fail, unless
// AUDIT=required is set.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const TIMEOUT_MS = 60_000;
const root = fileURLToPath(new URL('../../', import.meta.url));

/** npm's report, or undefined if there is none. */
function audit(...options) {
  const { stdout } = spawnSync('npm', ['audit', '--json', ...options], {
    cwd: root,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  try {
    const report = JSON.parse(stdout);
    return report.metadata === undefined ? undefined : report;
  } catch {
    return undefined;
  }
}

function findings({ vulnerabilities }, ...severities) {
  return Object.values(vulnerabilities).filter(({ severity }) => severities.includes(severity));
}

const bundled = audit('--omit=dev');
const all = audit();
if (bundled === undefined || all === undefined) {
  const isRequired = process.env['AUDIT'] === 'required';
  console.error('audit: the registry returned no audit. Known vulnerabilities were not checked.');
  process.exit(isRequired ? 1 : 0);
}
const found = [
  ...findings(bundled, 'low', 'moderate', 'high', 'critical'),
  ...findings(all, 'high', 'critical'),
];
for (const { name, severity, range } of found) console.error(`audit: ${severity}: ${name} ${range}`);
if (found.length > 0) process.exit(1);
console.log('audit: no findings');
