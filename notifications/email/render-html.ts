// Owns the HTML form of a mail: one column, readable without images, in dark mode, by a screen reader, and when printed.
// Everything from outside is escaped here and nowhere else.
import { type MailContent, oneLine, type Row } from './content.ts';

const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const INK = '#1a1f36';
const QUIET = '#5b6478';
const RULE = '#e3e6ed';

/** A whole HTML document. */
export function renderHtml(mail: MailContent): string {
  return `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>${escape(mail.subject)}</title>
</head>
<body style="margin:0;padding:0;background:#f4f5f8">
<div style="display:none;max-height:0;overflow:hidden">${escape(mail.summary)}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f4f5f8">
<tr><td align="center" style="padding:32px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;border:1px solid ${RULE};border-radius:8px">
<tr><td style="${FONT};padding:32px 32px 28px;color:${INK};font-size:16px;line-height:1.5">
<p style="margin:0 0 24px;font-size:14px;font-weight:600;color:${QUIET}">${escape(mail.sender)}</p>
<h1 style="margin:0 0 4px;font-size:20px;line-height:1.3;font-weight:600">${escape(mail.heading)}</h1>
<p style="margin:0 0 24px;font-size:32px;line-height:1.25;font-weight:600">${escape(mail.figure)}</p>
${[mail.greeting, ...mail.paragraphs].map(paragraph).join('\n')}
${table(mail.details.map(detail))}
${table(mail.lines.map(line))}
${table(mail.sums.map(sum))}
<p style="margin:4px 0 0;font-size:14px;color:${QUIET}">${escape(mail.closing)}</p>
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;
}

function paragraph(text: string): string {
  return `<p style="margin:0 0 18px">${escape(text)}</p>`;
}

/** Tables of label and value are data, so they are tables to a screen reader too. */
function table(rows: readonly string[]): string {
  if (rows.length === 0) return '';
  return `<table width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 20px;border-top:1px solid ${RULE};font-size:14px">
${rows.join('\n')}
</table>`;
}

function detail({ label, value }: Row): string {
  return row(
    { label: escape(label), value: escape(value) },
    { labelStyle: `color:${QUIET}`, valueStyle: '' },
  );
}

function line({ label, value, note }: MailContent['lines'][number]): string {
  const under = note === '' ? '' : `<br><span style="font-size:13px;color:${QUIET}">${escape(note)}</span>`;
  return row(
    { label: `${escape(label)}${under}`, value: escape(value) },
    { labelStyle: '', valueStyle: 'white-space:nowrap' },
  );
}

function sum({ label, value }: Row, index: number, all: readonly Row[]): string {
  const style = index === all.length - 1 ? 'font-weight:600' : '';
  return row(
    { label: escape(label), value: escape(value) },
    { labelStyle: style, valueStyle: `${style};white-space:nowrap` },
  );
}

function row(cells: Row, { labelStyle, valueStyle }: { labelStyle: string; valueStyle: string }): string {
  const cell = `padding:9px 0;border-bottom:1px solid ${RULE};vertical-align:top`;
  return `<tr><th scope="row" align="left" style="${FONT};${cell};padding-right:16px;font-weight:400;${labelStyle}">${cells.label}</th><td align="right" style="${FONT};${cell};${valueStyle}">${cells.value}</td></tr>`;
}

function escape(text: string): string {
  return oneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
