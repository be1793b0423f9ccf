// Owns putting the batches of one flush behind each other, as the columns of one inbox row.
import { arrayText } from '#db/array-text.ts';
import type { InboxColumns } from '#db/usage-inbox.ts';
import type { Batch } from './batch.ts';

type Defaulted =
  | 'subscriptionIds'
  | 'sources'
  | 'clockTimes'
  | 'eventTimes'
  | 'factValueKeys'
  | 'factAmounts';

/** One row's columns. A column in which every event has the default is null. */
export function inboxColumns(batches: readonly Batch[]): InboxColumns {
  const all = (name: Exclude<keyof Batch, 'count' | 'factPositions'>): string =>
    batches.length === 1
      ? (batches[0]?.[name] ?? []).join(',')
      : batches.flatMap((batch) => batch[name]).join(',');
  const unlessDefault = (name: Defaulted): string | null =>
    batches.every((batch) => batch[name].every(isNull)) ? null : arrayText(all(name));
  const split = batches.some((batch) => !batch.factDimensions.every(isNull));

  return {
    keys: arrayText(all('keys')),
    bodyHashes: arrayText(all('bodyHashes')),
    customerIds: arrayText(all('customerIds')),
    subscriptionIds: unlessDefault('subscriptionIds'),
    sources: unlessDefault('sources'),
    eventIds: arrayText(all('eventIds')),
    types: arrayText(all('types')),
    eventTimes: unlessDefault('eventTimes'),
    clockTimes: unlessDefault('clockTimes'),
    properties: `[${all('properties')}]`,
    factPositions: arrayText(positions(batches)),
    factMeters: arrayText(all('factMeters')),
    factValues: arrayText(all('factValues')),
    factDimensions: split ? `[${all('factDimensions')}]` : null,
    factDimensionKeys: split ? arrayText(all('factDimensionKeys')) : null,
    factValueKeys: unlessDefault('factValueKeys'),
    factAmounts: unlessDefault('factAmounts'),
  };
}

/** Positions from 1 in the row. */
function positions(batches: readonly Batch[]): string {
  const texts: number[] = [];
  let before = 1;
  for (const batch of batches) {
    for (const position of batch.factPositions) texts.push(position + before);
    before += batch.count;
  }
  return texts.join(',');
}

function isNull(element: string): boolean {
  return element === 'null';
}
