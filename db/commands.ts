// Owns the commands table: inserting once per idempotency key, reading outcomes, the tenant's own queue, answering.
// Refuses to know what a command means.
import type { Tx } from './scope.ts';

export type NewCommand = {
  readonly id: string;
  readonly tenantId: string;
  readonly customerId: string | undefined;
  readonly type: string;
  readonly payload: unknown;
  readonly payloadHash: Uint8Array;
  readonly idempotencyKey: string | undefined;
  readonly trace: string | undefined;
  readonly sentBy: string | undefined;
  /** System time, RFC 3339. */
  readonly createdAt: string;
};

export type ExistingCommand = {
  readonly id: string;
  readonly payloadHash: Uint8Array;
  readonly queued: boolean;
};

/**
 * Inserts a queued command. False: nothing was inserted, because its idempotency key is used already, or because the
 * tenant or the customer does not exist among the rows this transaction sees.
 */
export async function insertCommand(tx: Tx, command: NewCommand): Promise<boolean> {
  const rows = await tx`
    insert into commands (id, tenant_id, customer_id, type, payload, payload_hash, idempotency_key, status, trace, created_at,
      sent_by)
    select ${command.id}, t.id, ${command.customerId ?? null}::text, ${command.type}, ${tx.json(command.payload as never)},
      ${command.payloadHash}, ${command.idempotencyKey ?? null}, 'queued', ${command.trace ?? null}, ${command.createdAt},
      ${command.sentBy ?? null}
    from tenants t
    where t.id = ${command.tenantId} and (${command.customerId ?? null}::text is null
      or exists (select 1 from customers c where c.tenant_id = t.id and c.id = ${command.customerId ?? null}))
    on conflict (tenant_id, type, idempotency_key) where idempotency_key is not null do nothing
    returning id`;
  return rows.length === 1;
}

/** The command that holds an idempotency key. A statement of its own, so that it sees a concurrent insert (protocols H4). */
export async function findByIdempotencyKey(
  tx: Tx,
  command: Pick<NewCommand, 'tenantId' | 'type'> & { readonly idempotencyKey: string },
): Promise<ExistingCommand | undefined> {
  const rows = await tx<ExistingCommand[]>`
    select id, payload_hash as "payloadHash", status = 'queued' as queued from commands
    where tenant_id = ${command.tenantId} and type = ${command.type} and idempotency_key = ${command.idempotencyKey}`;
  return rows[0];
}

export type CommandState = {
  readonly id: string;
  readonly tenantId: string;
  readonly customerId: string | null;
  readonly type: string;
  readonly status: 'queued' | 'done';
  readonly result: unknown;
  readonly createdAt: string;
  readonly decidedAt: string | null;
  /** Its customer's actor stands still until it is released. */
  readonly parked: boolean;
};

/** States of the named commands, each under its own tenant; unknown ones are left out. */
export async function loadCommandStates(
  tx: Tx,
  named: readonly { readonly tenantId: string; readonly id: string }[],
): Promise<CommandState[]> {
  return await tx<CommandState[]>`
    select m.id, m.tenant_id as "tenantId", m.customer_id as "customerId", m.type, m.status, m.result,
      m.created_at as "createdAt", m.decided_at as "decidedAt", c.parked_at is not null as parked
    from unnest(${named.map((name) => name.tenantId)}::text[], ${named.map((name) => name.id)}::text[]) as n (tenant_id, id)
    join commands m on m.tenant_id = n.tenant_id and m.id = n.id
    left join customers c on c.tenant_id = m.tenant_id and c.id = m.customer_id`;
}

export type QueuedCommand = {
  readonly id: string;
  readonly type: string;
  readonly payload: unknown;
  readonly trace: string | null;
  readonly sentBy: string | null;
};

/** The oldest queued commands of the tenant's own actor, without those whose answer is a test clock coming to rest. */
export async function queuedTenantCommands(tx: Tx, tenantId: string, max: number): Promise<QueuedCommand[]> {
  return await tx<QueuedCommand[]>`
    select m.id, m.type, m.payload, m.trace, m.sent_by as "sentBy" from commands m
    where m.tenant_id = ${tenantId} and m.customer_id is null and m.status = 'queued'
      and not exists (select 1 from test_clocks k where k.tenant_id = m.tenant_id and k.command_id = m.id)
    order by m.position limit ${max}`;
}

/** Records the answer of a command. `result` is the JSON of an Outcome. */
export async function answerCommand(
  tx: Tx,
  answer: { readonly id: string; readonly result: object; readonly decidedAt: string },
): Promise<void> {
  await tx`
    update commands set status = 'done', result = ${tx.json(answer.result as never)}, decided_at = ${answer.decidedAt}
    where id = ${answer.id} and result is null`;
}
