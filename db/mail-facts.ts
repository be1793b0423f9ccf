// Owns what a mail about an event needs to know beside the event: who gets it, from whom, about which invoice.
import type { Tx } from './scope.ts';

export type MailFacts = {
  readonly eventId: string;
  readonly email: string;
  readonly customerName: string;
  readonly zone: string;
  readonly sellerName: string;
  readonly hasPaymentMethod: boolean;
  readonly cardBrand: string | null;
  readonly cardLast4: string | null;
};

/** For events about an invoice or a payment attempt; events of customers without an e-mail address are left out. */
export async function loadMailFacts(tx: Tx, eventIds: readonly string[]): Promise<Map<string, MailFacts>> {
  if (eventIds.length === 0) return new Map();
  const rows = await tx<MailFacts[]>`
    select e.id as "eventId", c.email, c.name as "customerName", c.zone, coalesce(l.name, t.name) as "sellerName",
      d.id is not null as "hasPaymentMethod", m.brand as "cardBrand", m.last4 as "cardLast4"
    from billing_events e
    join tenants t on t.id = e.tenant_id
    join customers c on c.id = e.customer_id and c.tenant_id = e.tenant_id
    left join payment_attempts a on a.id = e.object_id and a.tenant_id = e.tenant_id
    left join payment_methods m on m.id = a.payment_method_id
    left join invoices i on i.id = coalesce(a.invoice_id, e.object_id) and i.tenant_id = e.tenant_id
    left join legal_entities l on l.tenant_id = e.tenant_id
      and case when i.id is null then l.is_default else l.id = i.legal_entity_id end
    left join payment_methods d on d.customer_id = c.id and d.is_default
    where e.id = any(${[...eventIds]}::text[]) and c.email is not null and c.email <> ''`;
  return new Map(rows.map((row) => [row.eventId, row]));
}
