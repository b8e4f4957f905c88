// Looks at the packages in package-lock.json: their licences, and their known vulnerabilities by npm's registry. It fails for a high or critical
// vulnerability, for any one in the packages that the functions contain, for a licence that is not in the list, and for a response that cannot be
// read. A registry without audits, such as a proxy, and one that cannot be reached are reported and do not fail, unless AUDIT=required is set.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { auditResponse, findingsOf, licenceFindings } from '../supply-chain/audit-response.mjs';

// Longer than a slow registry takes, while tests have the processor.
const TIMEOUT_MS = 180_000;
const root = fileURLToPath(new URL('../../', import.meta.url));

/** What an npm command prints on its standard output, which may be a report of megabytes. It ends with an error if it found something. */
const npm = (...args) =>
  new Promise((resolve) => {
    const options = { cwd: root, timeout: TIMEOUT_MS, maxBuffer: Number.POSITIVE_INFINITY };
    execFile('npm', args, options, (_found, printed) => resolve(printed));
  });

const [sbom, ofBundled, ofAll] = await Promise.all([
  npm('sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev'),
  npm('audit', '--json', '--omit=dev'),
  npm('audit', '--json'),
]);
const licences = licenceFindings(sbom);
const bundled = auditResponse(ofBundled);
const all = auditResponse(ofAll);
const found = [...licences, ...findingsOf(bundled, 'low'), ...findingsOf(all, 'high')];
const silent = [bundled, all].find(({ kind }) => kind === 'none');
if (silent !== undefined) console.error(`audit: known vulnerabilities were not checked: ${silent.reason}`);
for (const one of new Set(found)) console.error(`audit: ${one}`);
if (found.length > 0 || (silent !== undefined && process.env['AUDIT'] === 'required')) process.exit(1);
console.log(silent === undefined ? 'audit: no findings' : 'audit: no findings in the licences');
