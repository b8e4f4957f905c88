// Asks npm's registry for known vulnerabilities in what package-lock.json pins. One that is high or critical fails; so does
// any of those in what the functions carry. A registry that does not answer audits, as a mirror may not, is told
// of and fails nothing: AUDIT=required makes it fail too.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const TIMEOUT_MS = 60_000;
const root = fileURLToPath(new URL('../../', import.meta.url));

/** npm's report, or undefined where there is none. */
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

const carried = audit('--omit=dev');
const all = audit();
if (carried === undefined || all === undefined) {
  const isRequired = process.env['AUDIT'] === 'required';
  console.error('audit: the registry answered no audit, so nobody looked for known vulnerabilities.');
  process.exit(isRequired ? 1 : 0);
}
const found = [
  ...findings(carried, 'low', 'moderate', 'high', 'critical'),
  ...findings(all, 'high', 'critical'),
];
for (const { name, severity, range } of found) console.error(`audit: ${severity}: ${name} ${range}`);
if (found.length > 0) process.exit(1);
console.log('audit: no findings');
