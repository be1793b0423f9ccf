// Owns the plain-text form of a mail.
import { type MailContent, oneLine, type Row } from './content.ts';

/** Lines end in \n; mail software turns them into what SMTP wants. */
export function renderText(mail: MailContent): string {
  const blocks = [
    mail.greeting,
    mail.heading,
    ...mail.paragraphs,
    rows(mail.details),
    rows(
      mail.lines.flatMap(({ label, note, value }) => [
        { label: note === '' ? oneLine(label) : `${oneLine(label)} (${oneLine(note)})`, value },
      ]),
    ),
    rows(mail.sums),
    mail.closing,
    `-- \n${oneLine(mail.sender)}`,
  ];
  return `${blocks
    .filter((block) => block !== '')
    .map((block) => block.split('\n').map(keepSignature).join('\n'))
    .join('\n\n')}\n`;
}

function rows(list: readonly Row[]): string {
  return list.map(({ label, value }) => `${oneLine(label)}: ${oneLine(value)}`).join('\n');
}

/** The signature mark is two dashes and a space; every other line has no space at its end. */
function keepSignature(line: string): string {
  return line === '-- ' ? line : oneLine(line);
}
