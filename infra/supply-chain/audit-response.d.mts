/** What `npm audit --json` said. */
export type AuditResponse =
  | {
      readonly kind: 'report';
      readonly vulnerabilities: Readonly<Record<string, { name: string; severity: string; range: string }>>;
    }
  | { readonly kind: 'none' | 'unreadable'; readonly reason: string };

export function auditResponse(printed: string): AuditResponse;
export function findingsOf(response: AuditResponse, atLeast: string): readonly string[];
export function licenceFindings(bill: string): readonly string[];
