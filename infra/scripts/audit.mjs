// Looks at the packages in package-lock.json: their licences, and their known vulnerabilities by npm's registry. It fails for a high or critical
// vulnerability, for any one in the packages that the functions contain, for a licence that is not in the list, and for a response that cannot be
// read. A registry without audits, such as a proxy, and one that cannot be reached are reported and do not fail, unless AUDIT=required is set.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { auditResponse, findingsOf, licenceFindings } from '../supply-chain/audit-response.mjs';

const TIMEOUT_MS = 60_000;
const root = fileURLToPath(new URL('../../', import.meta.url));

/** What an npm command prints on its standard output. */
const npm = (...args) =>
  spawnSync('npm', args, { cwd: root, encoding: 'utf8', timeout: TIMEOUT_MS }).stdout ?? '';

const licences = licenceFindings(npm('sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev'));
const bundled = auditResponse(npm('audit', '--json', '--omit=dev'));
const all = auditResponse(npm('audit', '--json'));
const found = [...licences, ...findingsOf(bundled, 'low'), ...findingsOf(all, 'high')];
const silent = [bundled, all].find(({ kind }) => kind === 'none');
if (silent !== undefined) console.error(`audit: known vulnerabilities were not checked: ${silent.reason}`);
for (const one of new Set(found)) console.error(`audit: ${one}`);
if (found.length > 0 || (silent !== undefined && process.env['AUDIT'] === 'required')) process.exit(1);
console.log(silent === undefined ? 'audit: no findings' : 'audit: no findings in the licences');
