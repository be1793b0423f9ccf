// Owns the rules and the defaults of a new tenant and its legal entity.
import { parseZone } from '#actors/calendar/zone.ts';
import { parseCurrency } from '#actors/money/currency.ts';
import { type Rejection, reject } from '#actors/rejection.ts';

const COLLECTION_INTERVAL_SECONDS = 3600;
const LATE_USAGE_DAYS = 35;
const DUNNING_DAYS: readonly number[] = [3, 5, 7];

type Policy = 'next_invoice' | 'credit_note_only' | 'ignore';

export type TenantWish = {
  readonly name: string;
  readonly sandbox: boolean;
  readonly currency?: string | undefined;
  readonly zone: string;
  readonly collectionIntervalSeconds?: number | undefined;
  readonly invoiceDueDays?: number | undefined;
  readonly lateUsageDays?: number | undefined;
  readonly lateUsagePolicy?: Policy | undefined;
  readonly dunningDays?: readonly number[] | undefined;
  readonly legalEntity?:
    | {
        readonly name?: string | undefined;
        readonly zone?: string | undefined;
        readonly numberPrefix?: string | undefined;
      }
    | undefined;
};

/** What an installation gives to tenants that ask for nothing else. */
export type TenantDefaults = {
  readonly currency: string;
  readonly invoiceDueDays: number;
  readonly numberPrefix: string;
};

export type NewLegalEntity = { readonly name: string; readonly zone: string; readonly numberPrefix: string };

export type NewTenant = {
  readonly name: string;
  readonly sandbox: boolean;
  readonly currency: string;
  readonly zone: string;
  readonly collectionIntervalSeconds: number;
  readonly invoiceDueDays: number;
  readonly lateUsageDays: number;
  readonly lateUsagePolicy: Policy;
  readonly dunningDays: readonly number[];
};

/** The tenant and the entity that issues its invoices, or why not. */
export function decideTenant(
  wish: TenantWish,
  defaults: TenantDefaults,
): { ok: true; tenant: NewTenant; legalEntity: NewLegalEntity } | Rejection {
  const currency = wish.currency ?? defaults.currency;
  const zone = parseZone(wish.zone);
  const entityZone = parseZone(wish.legalEntity?.zone ?? wish.zone);
  const dunningDays = wish.dunningDays ?? DUNNING_DAYS;
  if (parseCurrency(currency) === undefined) {
    return reject('unknown_currency', `${currency} is not a currency`, '/currency');
  }
  if (zone === undefined) return reject('unknown_zone', `${wish.zone} is not a time zone`, '/zone');
  if (entityZone === undefined) return reject('unknown_zone', 'is not a time zone', '/legalEntity/zone');
  const falling = dunningDays.findIndex((day, at) => day <= (dunningDays[at - 1] ?? 0));
  if (falling >= 0)
    return reject('dunning_days_not_ascending', 'each day after the one before', `/dunningDays/${falling}`);

  return {
    ok: true,
    tenant: {
      name: wish.name,
      sandbox: wish.sandbox,
      currency,
      zone,
      collectionIntervalSeconds: wish.collectionIntervalSeconds ?? COLLECTION_INTERVAL_SECONDS,
      invoiceDueDays: wish.invoiceDueDays ?? defaults.invoiceDueDays,
      lateUsageDays: wish.lateUsageDays ?? LATE_USAGE_DAYS,
      lateUsagePolicy: wish.lateUsagePolicy ?? 'next_invoice',
      dunningDays,
    },
    legalEntity: {
      name: wish.legalEntity?.name ?? wish.name,
      zone: entityZone,
      numberPrefix: wish.legalEntity?.numberPrefix ?? defaults.numberPrefix,
    },
  };
}
