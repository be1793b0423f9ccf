// Owns what meters make of a stored event today, as columns that replace the facts it has.

import type { FactProblem } from '#actors/usage/fact-value.ts';
import { factOf, isFactProblem, type Meter } from '#actors/usage/meter.ts';
import type { Properties } from '#actors/usage/property.ts';
import type { WantedFact } from '#db/usage-replace.ts';
import { textKey } from '#runtime/ingest/event-identity.ts';
import { parseExactJson } from '#runtime/ingest/exact-json.ts';

/** Properties as they were stored, every digit of them. */
export function storedProperties(text: string): Properties {
  const parsed = parseExactJson(text);
  if (!parsed.ok) throw new Error(`stored properties are not JSON: ${parsed.message}`);
  return parsed.value as Properties;
}

/** A fact for each meter that counts the event; a problem where one cannot read it. */
export function wantedFacts(
  ref: string,
  properties: Properties,
  meters: readonly Meter[],
): { readonly facts: readonly WantedFact[]; readonly problems: readonly FactProblem[] } {
  const facts: WantedFact[] = [];
  const problems: FactProblem[] = [];
  for (const meter of meters) {
    const fact = factOf(meter, properties);
    if (fact === undefined) continue;
    if (isFactProblem(fact)) {
      problems.push(fact);
      continue;
    }
    const { meterId, value, dimensions, text, amount } = fact;
    const dimensionKey = dimensions === undefined ? '' : textKey(dimensions);
    const valueKey = text === undefined ? undefined : textKey(text);
    facts.push({ ref, meterId, value, dimensions, dimensionKey, valueKey, amount });
  }
  return { facts, problems };
}
