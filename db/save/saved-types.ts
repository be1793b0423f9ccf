// Owns the rows of a save as Postgres takes them: arrays of composite types of our own, `saved_…`, in its binary format. What
// attributes a type has is asked of the database, so one that a later release adds is left null. Migrations alter these types
// and never drop one, which prepared statements name.
import type { Sql } from '#db/scope.ts';
import { ByteWriter, putValue } from './binary-values.ts';

const SAVED_TYPES = [
  'customer',
  'payment_method',
  'subscription',
  'agreed_price',
  'item',
  'item_version',
  'charge',
  'run',
  'invoice',
  'line',
  'attempt',
  'payment',
  'allocation',
  'journal',
  'posting',
  'event',
  'answer',
  'stale',
  'series',
] as const;

export type SavedType = (typeof SAVED_TYPES)[number];

/** An attribute: its column, the property that holds its value, and the number of its type. */
type Attribute = { readonly column: string; readonly property: string; readonly oid: number };

/** The number that the database gave the type, and its attributes in their order. */
export type RowType = { readonly oid: number; readonly attributes: readonly Attribute[] };

/** The composite types of one database. */
export type SavedTypes = ReadonlyMap<SavedType, RowType>;

/** By pool: each has one database. */
const known = new WeakMap<Sql, SavedTypes>();

/** The types of the pool's database, asked once. `connection` is one of the pool's. */
export async function savedTypes(pool: Sql, connection: Sql): Promise<SavedTypes> {
  const found = known.get(pool) ?? (await readTypes(connection));
  known.set(pool, found);
  return found;
}

/** They are asked for anew the next time. */
export function forgetSavedTypes(pool: Sql): void {
  known.delete(pool);
}

async function readTypes(connection: Sql): Promise<SavedTypes> {
  const rows = await connection<{ name: string; oid: number; columns: string[]; types: string[] }[]>`
    select substr(t.typname, length('saved_') + 1) as name, t.oid,
      array_agg(a.attname::text order by a.attnum) as columns, array_agg(a.atttypid::text order by a.attnum) as types
    from pg_type t join pg_attribute a on a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
    where t.typname = any(${SAVED_TYPES.map((type) => `saved_${type}`)}::text[]) and pg_type_is_visible(t.oid)
    group by t.oid, t.typname`;
  return new Map(
    rows.map(({ name, oid, columns, types }) => {
      const attributes = columns.map((column, index) => ({
        column,
        property: propertyOf(column),
        oid: Number(types[index]),
      }));
      return [name as SavedType, { oid, attributes }];
    }),
  );
}

const propertyOf = (column: string): string =>
  column.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

type Properties = Readonly<Record<string, unknown>>;

/** Buffers that have grown to what the rows of their type need, for the next turn. */
const idle = new WeakMap<RowType, ByteWriter[]>();

/** Where the header of an array says how many elements there are. */
const COUNT_PLACE = 12;

/** Rows of one type as they are put, in the form that `$1::saved_charge[]` reads. Of no use once it has thrown or is finished. */
export class RowsWriter {
  #bytes: ByteWriter | undefined;
  readonly #type: RowType;
  readonly #sent: readonly (Attribute | Unsent)[];
  #count = 0;

  /** Attributes that are not in `columns` are null. */
  constructor(type: RowType | undefined, columns: ReadonlySet<string>) {
    if (type === undefined) throw new Error('the database lacks a type of the rows that are saved');
    this.#type = type;
    this.#sent = sentOf(type, columns);
    this.#bytes = idle.get(type)?.pop() ?? new ByteWriter();
    for (const number of [1, 0, type.oid, 0, 1]) this.#bytes.int32(number);
  }

  /** What `row` lacks is `beside` it; what both lack is null. Throws for a value that is not of its type. */
  put(row: object, beside: object): void {
    const bytes = this.#open();
    const place = bytes.openLength();
    bytes.int32(this.#type.attributes.length);
    for (const attribute of this.#sent) {
      bytes.int32(attribute.oid);
      const value = valueOf(attribute, row as Properties, beside as Properties);
      if (value === null || value === undefined) bytes.int32(-1);
      else putValue(bytes, attribute.oid, value);
    }
    bytes.closeLength(place);
    this.#count += 1;
  }

  /** The array. */
  finish(): Uint8Array {
    const bytes = this.#open();
    bytes.int32At(COUNT_PLACE, this.#count);
    this.#bytes = undefined;
    const others = idle.get(this.#type);
    if (others === undefined) idle.set(this.#type, [bytes]);
    else others.push(bytes);
    return bytes.take();
  }

  /** Another turn may write to what is finished. */
  #open(): ByteWriter {
    if (this.#bytes === undefined) throw new Error('the rows are finished');
    return this.#bytes;
  }
}

type Unsent = { readonly oid: number; readonly property: undefined };

const sentOf = (type: RowType, columns: ReadonlySet<string>): readonly (Attribute | Unsent)[] =>
  type.attributes.map((one) => (columns.has(one.column) ? one : { oid: one.oid, property: undefined }));

/** Nothing for an attribute that is not sent. */
function valueOf(
  { property }: { property: string | undefined },
  row: Properties,
  beside: Properties,
): unknown {
  if (property === undefined) return null;
  const own = row[property];
  return own === undefined ? beside[property] : own;
}
