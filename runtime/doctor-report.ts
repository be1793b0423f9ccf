// Owns how an examination reads: a line for each invariant, and below it the first things that break it.
import type { Finding } from '#db/doctor/invariant.ts';

const ID_CHARS = 16;
const LOOKED_CHARS = 11;

/** Lines of plain text, the last one the verdict. */
export function reportLines(findings: readonly Finding[]): string[] {
  const sick = findings.filter(({ broken }) => broken > 0);
  const verdict =
    sick.length === 0
      ? `healthy: ${findings.length} invariants hold`
      : `${sick.length} of ${findings.length} invariants do not hold`;
  return [...findings.flatMap(linesOf), '', verdict];
}

function linesOf({ id, title, looked, broken, examples }: Finding): string[] {
  const verdict = broken === 0 ? 'ok ' : 'BAD';
  const shown = examples.map(({ subject, problem }) => `${' '.repeat(ID_CHARS)}  ${subject}: ${problem}`);
  const more = broken - examples.length;
  return [
    `${verdict} ${id.padEnd(ID_CHARS)} ${String(looked).padStart(LOOKED_CHARS)}  ${title}`,
    ...(broken === 0 ? [] : [`${' '.repeat(ID_CHARS)}  ${broken} broken:`]),
    ...shown,
    ...(more > 0 ? [`${' '.repeat(ID_CHARS)}  and ${more} more`] : []),
  ];
}
