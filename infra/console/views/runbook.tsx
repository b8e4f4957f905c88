import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { addressOf } from '../data/route.ts';
import { Copy, Head, Pre } from '../parts/basic.tsx';

interface Section {
  readonly title: string;
  readonly level: number;
  readonly slug: string;
  readonly lines: readonly string[];
}

/** A section of docs/runbook.md, or the list of all. A problem and a dead letter name the one that has their remedy. */
export function Runbook({ section: wanted }: { readonly section: string | undefined }) {
  const [text, setText] = useState<string | undefined>();
  const [failure, setFailure] = useState('');
  useEffect(() => {
    fetch('/runbook.md')
      .then(async (response) =>
        response.ok ? setText(await response.text()) : setFailure('It is not here.'),
      )
      .catch(() => setFailure('The server of the console does not respond.'));
  }, []);
  const sections = text === undefined ? [] : sectionsOf(text);
  const found =
    wanted === undefined ? undefined : sections.findIndex(({ slug, title }) => isNamed(slug, title, wanted));
  const shown = found === undefined || found === -1 ? undefined : withChildren(sections, found);
  return (
    <>
      <Head
        trail={wanted !== undefined && <a href={addressOf(['runbook'])}>Runbook</a>}
        title={shown?.[0]?.title ?? 'Runbook'}
      />
      {failure !== '' && (
        <p class="failure" role="alert">
          The runbook could not be read. {failure}
        </p>
      )}
      {text !== undefined && wanted !== undefined && shown === undefined && (
        <p class="empty">The runbook has no section named {wanted}. These are its sections:</p>
      )}
      {text !== undefined &&
        (shown === undefined ? (
          <ul class="plain contents">
            {sections
              .filter(({ level }) => level > 1)
              .map(({ title, slug, level }) => (
                <li key={slug} class={`level-${level}`}>
                  <a href={addressOf(['runbook', slug])}>{title}</a>
                </li>
              ))}
          </ul>
        ) : (
          <article class="prose">
            {shown.map((one, place) => (
              <div key={one.slug} class="prose-part">
                {place > 0 && <h2>{one.title}</h2>}
                <Blocks lines={one.lines} />
              </div>
            ))}
          </article>
        ))}
    </>
  );
}

/** GitHub's anchor of a heading. */
const slugOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

/** One heading can have several alarms; each of them names its section. */
const isNamed = (slug: string, title: string, wanted: string): boolean =>
  slug === wanted.toLowerCase() || title.split(', ').some((name) => slugOf(name) === wanted.toLowerCase());

function sectionsOf(text: string): readonly Section[] {
  const sections: { title: string; level: number; slug: string; lines: string[] }[] = [];
  let isCode = false;
  for (const line of text.split('\n')) {
    if (/^\s*```/.test(line)) isCode = !isCode;
    const [, marks = '', title = ''] = isCode ? [] : (/^(#+) (.*)$/.exec(line) ?? []);
    if (marks === '') sections.at(-1)?.lines.push(line);
    else
      sections.push({
        title: title.replaceAll('`', ''),
        level: marks.length,
        slug: slugOf(title),
        lines: [],
      });
  }
  return sections;
}

/** A section and those below it. */
function withChildren(sections: readonly Section[], at: number): readonly Section[] {
  const level = sections[at]?.level ?? 0;
  const end = sections.findIndex((section, place) => place > at && section.level <= level);
  return sections.slice(at, end === -1 ? undefined : end);
}

/** Code, tables, lists and paragraphs: what the runbook is written in. */
function Blocks({ lines }: { readonly lines: readonly string[] }) {
  const blocks: ComponentChildren[] = [];
  let at = 0;
  const take = (isIn: (line: string) => boolean): string[] => {
    const start = at;
    while (at < lines.length && isIn(lines[at] ?? '')) at += 1;
    return lines.slice(start, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const key = at;
    if (/^\s*```/.test(line)) {
      at += 1;
      const code = take((one) => !/^\s*```/.test(one)).join('\n');
      at += 1;
      blocks.push(
        <div key={key} class="code">
          <Pre label="Commands">{code}</Pre>
          <Copy text={code} />
        </div>,
      );
    } else if (line.startsWith('|'))
      blocks.push(<Rows key={key} lines={take((one) => one.startsWith('|'))} />);
    else if (/^\s*(?:[-*]|\d+\.) /.test(line)) {
      at += 1;
      const item = [
        line.replace(/^\s*(?:[-*]|\d+\.) /, ''),
        ...take((one) => /^\s+\S/.test(one) && !/^\s*(?:```|[-*] |\d+\. )/.test(one)),
      ];
      const number = /^\s*(\d+\.)/.exec(line)?.[1] ?? '•';
      blocks.push(
        <p key={key} class="item">
          <span class="muted">{number}</span> {inline(item.join(' '))}
        </p>,
      );
    } else if (line.trim() === '' || line.startsWith('<')) at += 1;
    else
      blocks.push(
        <p key={key}>
          {inline(take((one) => one.trim() !== '' && !/^(?:\||\s*```|[-*] )/.test(one)).join(' '))}
        </p>,
      );
  }
  return <>{blocks}</>;
}

function Rows({ lines }: { readonly lines: readonly string[] }) {
  const rows = lines
    .filter((line) => !/^\|[-| ]+\|$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
  const [head = [], ...body] = rows;
  return (
    <table>
      <caption class="unseen">{head.join(', ')}</caption>
      <thead>
        <tr>
          {head.map((cell) => (
            <th key={cell} scope="col">
              {inline(cell)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {body.map((row) => (
          <tr key={row.join('|')}>
            {row.map((cell, place) => (
              <td key={head[place]} data-label={head[place]}>
                <span>{inline(cell)}</span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Code, emphasis and links within a line. A link to another document is shown as its words. */
function inline(text: string): ComponentChildren {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)]+\))/).map((part, place) => {
    const key = `${place} ${part}`;
    if (/^`.+`$/.test(part)) return <code key={key}>{part.slice(1, -1)}</code>;
    if (/^\*\*.+\*\*$/.test(part)) return <strong key={key}>{part.slice(2, -2)}</strong>;
    const [, words, anchor] = /^\[(.+)\]\(#(.+)\)$/.exec(part) ?? [];
    if (words !== undefined && anchor !== undefined)
      return (
        <a key={key} href={addressOf(['runbook', anchor])}>
          {words}
        </a>
      );
    return part.replace(/^\[(.+)\]\((.+)\)$/, '$1');
  });
}
