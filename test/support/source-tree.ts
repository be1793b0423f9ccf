// Owns the project's files as text, for the tests that hold the house rules. Knows no rule.
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const SKIPPED = new Set(['node_modules', 'dist', '.accrue', '.git']);

/** Path from the project's root with forward slashes, and the whole text. */
export type SourceFile = { readonly path: string; readonly text: string };

/** Every file below the root that ends like one of `endings`. */
export function sourceFiles(...endings: readonly string[]): SourceFile[] {
  return readdirSync(ROOT, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(ROOT.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => !path.split('/').some((part) => SKIPPED.has(part)))
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** Project paths (`db/scope.ts`) and package names (`node:fs`, `hono`) a file imports, types included. */
export function importsOf({ path, text }: SourceFile): string[] {
  const statements =
    /^\s*(?:import|export)\b[^'`;]*?\bfrom\s*'([^']+)'|^\s*import\s*'([^']+)'|\bimport\(\s*'([^']+)'/gm;
  const found = withoutComments(text).matchAll(statements);
  return [...found].map(([, from, bare, dynamic]) => {
    const target = from ?? bare ?? dynamic ?? '';
    if (target.startsWith('#')) return target.slice(1);
    return target.startsWith('.') ? posix.join(posix.dirname(path), target) : target;
  });
}

/** Whole-line comments and doc blocks removed; what follows code on its line stays. */
export function withoutComments(text: string): string {
  return text.replaceAll(/^\s*\/\/.*$/gm, '').replaceAll(/\/\*[\s\S]*?\*\//g, '');
}

/** The text of every template literal, without what is between `${` and `}`. */
export function templateTexts(text: string): string[] {
  const texts: string[] = [];
  const open: { text: string; braces: number }[] = [];
  for (let i = 0; i < text.length; i += 1) {
    const inner = open.at(-1);
    const char = text.charAt(i);
    const insideText = inner !== undefined && inner.braces === 0;
    if (char === '\\') i += 1;
    else if (char === '`' && insideText) texts.push(open.pop()?.text ?? '');
    else if (char === '`') open.push({ text: '', braces: 0 });
    else if (insideText && char === '$' && text.charAt(i + 1) === '{') {
      inner.braces = 1;
      i += 1;
    } else if (insideText) inner.text += char;
    else if (inner !== undefined && char === '{') inner.braces += 1;
    else if (inner !== undefined && char === '}') inner.braces -= 1;
  }
  return texts;
}
