/** Text that stands in HTML for itself. */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const code = (text: string): string => text.replaceAll(/`([^`]+)`/g, '<code>$1</code>');
const linked = (text: string): string =>
  text.replaceAll(/https:\/\/[^\s<)]+[^\s<).,]/g, (url) => `<a href="${url}">${url}</a>`);

/** A sentence of the contract, with its `code` and its URLs. */
export const prose = (text: string): string => linked(code(escaped(text)));

/** A cell of a table. `html` is written as it is. */
export type Cell = string | { readonly html: string };

/** A table whose first column names its rows. */
export function table(caption: string, heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cell = (one: Cell): string => (typeof one === 'string' ? prose(one) : one.html);
  const body = rows.map(
    ([first = '', ...rest]) =>
      `<tr><th scope="row">${cell(first)}</th>${rest.map((one) => `<td>${cell(one)}</td>`).join('')}</tr>`,
  );
  return `<table><caption>${escaped(caption)}</caption>
<thead><tr>${heads.map((head) => `<th scope="col">${escaped(head)}</th>`).join('')}</tr></thead>
<tbody>${body.join('\n')}</tbody></table>`;
}

/** No script, nothing from elsewhere. */
const POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'";

/** A page of the catalogue. */
export const page = (title: string, header: string, main: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="style.css">
</head>
<body>
<header>${header}</header>
<main>
<h1>${escaped(title)}</h1>
${main}
</main>
</body>
</html>
`;
