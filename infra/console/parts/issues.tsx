import type { DeadLetterIssue } from '../../../contracts/api/dead-letters.ts';
import { fieldOf } from './format.ts';

/** A field that is to blame, what is expected of it, and what it held. */
export const Issue = ({ issue: { path, message, value } }: { readonly issue: DeadLetterIssue }) => (
  <>
    <code>{fieldOf(path)}</code> {message}
    {value !== undefined && (
      <>
        , got{' '}
        <code class="value">
          <bdi>{value}</bdi>
        </code>
      </>
    )}
  </>
);

export const IssueList = ({ issues }: { readonly issues: readonly DeadLetterIssue[] }) => (
  <ul class="issues">
    {issues.map((issue) => (
      <li key={`${issue.path} ${issue.message}`}>
        <Issue issue={issue} />
      </li>
    ))}
  </ul>
);
