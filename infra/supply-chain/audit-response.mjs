// What npm prints about the packages, and what of it is a finding.

const SEVERITIES = ['info', 'low', 'moderate', 'high', 'critical'];
/** A registry that has no audits responds so: it does not know the path, or the method. */
const NO_AUDITS = [404, 405, 501];
/** npm's codes for a registry that it cannot reach. */
const UNREACHED =
  /^(?:E?NOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|FETCH_ERROR|ENOAUDIT)$/;

/** Licences under which a package may be in what is delivered. Each lets it be used and passed on, and asks for no source. */
const LICENCES = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Unlicense',
];

/**
 * What `npm audit --json` printed: a report; no audit, with the reason, where the registry has none or is not reached; or a response that is
 * neither, which nothing is known from.
 */
export function auditResponse(printed) {
  const response = parsed(printed);
  if (response?.metadata !== undefined && response.vulnerabilities !== undefined)
    return { kind: 'report', vulnerabilities: response.vulnerabilities };
  const reason = String(response?.message ?? response?.error?.summary ?? 'npm printed no report');
  const isSilent =
    NO_AUDITS.includes(response?.statusCode) ||
    UNREACHED.test(String(response?.error?.code ?? response?.code ?? ''));
  return { kind: isSilent ? 'none' : 'unreadable', reason };
}

/** The vulnerabilities of at least that severity, or that the response cannot be read. */
export function findingsOf(response, atLeast) {
  if (response.kind === 'none') return [];
  if (response.kind === 'unreadable') return [`the registry's response is no audit: ${response.reason}`];
  return Object.values(response.vulnerabilities)
    .filter(({ severity }) => SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(atLeast))
    .map(({ name, severity, range }) => `${severity}: ${name} ${range}`);
}

/** The packages of a CycloneDX bill of materials whose licence is not in the list, or unknown. */
export function licenceFindings(bill) {
  const components = parsed(bill)?.components;
  if (!Array.isArray(components)) return ['npm printed no bill of materials'];
  return components.flatMap(({ name, version, licenses = [] }) => {
    const names = licenses.map(
      ({ license, expression }) => expression ?? license?.id ?? license?.name ?? 'unknown',
    );
    return names.length > 0 && names.every(isAllowed)
      ? []
      : [`licence of ${name} ${version}: ${names.join(', ') || 'unknown'}`];
  });
}

/**
 * `(MIT OR GPL-3.0)` may be taken as MIT; of `A AND B` both have to be in the list. AND binds more than OR, and brackets more than both: where
 * they may change what an AND joins, every name has to be in the list.
 */
function isAllowed(expression) {
  const areAll = (text, separator) => text.split(separator).every((name) => LICENCES.includes(name.trim()));
  const names = expression.replaceAll(/[()]/g, '');
  return names.length < expression.length && names.includes(' AND ')
    ? areAll(names, / AND | OR /)
    : names.split(' OR ').some((choice) => areAll(choice, ' AND '));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
