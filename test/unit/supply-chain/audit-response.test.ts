import { describe, expect, it } from 'vitest';
import { auditResponse, findingsOf, licenceFindings } from '../../../infra/supply-chain/audit-response.mjs';

const reportOf = (...severities: readonly string[]) =>
  JSON.stringify({
    metadata: {},
    vulnerabilities: Object.fromEntries(
      severities.map((severity) => [severity, { name: `is-${severity}`, severity, range: '<2' }]),
    ),
  });
const billOf = (...licenses: readonly object[]) =>
  JSON.stringify({ components: [{ name: 'one', version: '1.0.0', licenses }] });

describe("the registry's response", () => {
  it('is a report, with findings from a severity on', () => {
    const response = auditResponse(reportOf('low', 'moderate', 'critical'));
    expect(findingsOf(response, 'high')).toEqual(['critical: is-critical <2']);
    expect(findingsOf(response, 'low')).toHaveLength(3);
    expect(findingsOf(auditResponse(reportOf()), 'low')).toEqual([]);
  });

  it.each([
    ['has no audits', { message: '405 Method Not Allowed', statusCode: 405 }],
    ['is not reached', { error: { code: 'ENOTFOUND', summary: 'getaddrinfo' } }],
  ])('is none where it %s, which is no finding', (_, response) => {
    expect(auditResponse(JSON.stringify(response)).kind).toBe('none');
    expect(findingsOf(auditResponse(JSON.stringify(response)), 'low')).toEqual([]);
  });

  it.each(['', '{}', 'no JSON', JSON.stringify({ message: 'Internal Server Error', statusCode: 500 })])(
    'is a finding where it says nothing: %j',
    (printed) => {
      expect(findingsOf(auditResponse(printed), 'low')).toEqual([expect.stringContaining('no audit')]);
    },
  );
});

describe('a licence', () => {
  it.each([
    [{ license: { id: 'MIT' } }],
    [{ expression: '(GPL-3.0-only OR MIT)' }],
    [{ expression: 'MIT AND ISC' }],
    [{ expression: 'GPL-3.0-only AND ISC OR MIT' }],
    [{ expression: '(MIT OR ISC) AND Apache-2.0' }],
  ])('may be %j', (licence) => {
    expect(licenceFindings(billOf(licence))).toEqual([]);
  });

  it.each([
    [[{ license: { id: 'AGPL-3.0-or-later' } }]],
    [[{ expression: 'MIT AND GPL-3.0-only' }]],
    [[{ expression: '(MIT OR Apache-2.0) AND GPL-3.0-only' }]],
    [[{ expression: 'GPL-3.0-only AND (MIT OR Apache-2.0)' }]],
    [[{ license: { name: 'SEE LICENSE IN FILE' } }]],
    [[]],
  ])('is found where it is %j', (licences) => {
    expect(licenceFindings(billOf(...licences))).toEqual([expect.stringContaining('licence of one 1.0.0')]);
  });

  it('is found where there is no bill of materials', () => {
    expect(licenceFindings('')).toEqual(['npm printed no bill of materials']);
  });
});
