// Owns the one statement that saves what customers' turns decided: state, ledger, billing events and outbox together.
// Its text depends only on which tables have rows, so it is put together once for each such set.
import type { Sql } from '#db/scope.ts';
import type { TurnRows } from './turn-rows.ts';
import { type RowSet, WRITTEN_SETS, writerOf } from './writers.ts';

export type SaveContext = {
  readonly sql: Sql;
  readonly tenantId: string;
  /** System time, RFC 3339. */
  readonly wall: string;
  /** What document numbers of the tenant begin with. */
  readonly prefix: string;
};

/** Six digits at least: the million-and-first document has seven. */
const NUMBER_FORMAT = 'FM999999999999000000';

/** The driver leaves the type of a parameter to the statement, which casts it. */
const TOLD_BY_STATEMENT = 0;

const statements = new Map<string, string>();

/** Saves rendered turns of one tenant in one statement. All or nothing: constraints are checked at its end. */
export async function saveTurn({ sql, tenantId, wall, prefix }: SaveContext, rows: TurnRows): Promise<void> {
  const present = WRITTEN_SETS.filter((set) => rows.has(set));
  const series = rows.get('series.added');
  const shape = [series === undefined ? '' : 'series', ...present].join(' ');
  let text = statements.get(shape);
  if (text === undefined) statements.set(shape, (text = statementOf(present, series !== undefined)));
  const bytes = [series, ...present.map((set) => rows.get(set))].filter((one) => one !== undefined);
  const values = bytes.map((one) => sql.typed(one as never, TOLD_BY_STATEMENT));
  const numbering = series === undefined ? [] : [prefix];
  await sql.unsafe(text, [tenantId, wall, ...numbering, ...values], { prepare: true });
}

function statementOf(sets: readonly RowSet[], takesNumbers: boolean): string {
  const parts = takesNumbers ? [takenNumbers()] : [];
  const first = takesNumbers ? 5 : 3;
  for (const [index, set] of sets.entries()) {
    const write = writerOf(set);
    const [type = ''] = set.split('.');
    const numbered = takesNumbers && (type === 'invoice' || type === 'event');
    const from = `unnest($${first + index}::saved_${type}[]) r${numbered ? ' left join numbers n on n.fiscal_year = r.year' : ''}`;
    const number = `$3::text || r.year || '-' || to_char(n.last_number - n.taken + r.number_position, '${NUMBER_FORMAT}')`;
    const place = { from, tenant: '$1', wall: '$2::timestamptz', number: numbered ? number : undefined };
    parts.push(`${set.replace('.', '_')} as (${write(place)})`);
    if (set === 'event.added') {
      parts.push(`outbox_added as (
        insert into outbox (event_id, tenant_id, created_at) select id, $1, $2::timestamptz from event_added)`);
    }
  }
  // Its type is said here, because there are sets of parts that do not mention it.
  return `with ${parts.join(', ')} select $1::text`;
}

/** Takes the turn's numbers: one counter row per series, locked from here to the commit that follows (ruling R20). */
function takenNumbers(): string {
  return `
    series as materialized (select * from unnest($4::saved_series[])), taken as (
      insert into number_series as s (tenant_id, legal_entity_id, document_type, fiscal_year, last_number)
      select $1, r.entity, 'invoice', r.year, r.count from series r order by r.entity, r.year
      on conflict (tenant_id, legal_entity_id, document_type, fiscal_year)
        do update set last_number = s.last_number + excluded.last_number
      returning legal_entity_id, fiscal_year, last_number
    ), numbers as (
      select t.*, r.count as taken from taken t
      join series r on r.entity = t.legal_entity_id and r.year = t.fiscal_year)`;
}
