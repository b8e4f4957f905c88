/** What `npm audit --json` said. */
export type AuditAnswer =
  | {
      readonly kind: 'report';
      readonly vulnerabilities: Readonly<Record<string, { name: string; severity: string; range: string }>>;
    }
  | { readonly kind: 'none' | 'unreadable'; readonly reason: string };

export function auditAnswer(printed: string): AuditAnswer;
export function findingsOf(answer: AuditAnswer, atLeast: string): readonly string[];
export function licenceFindings(bill: string): readonly string[];
