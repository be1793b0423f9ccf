// Owns walking through untrusted JSON of a price, gathering every problem with its place. Refuses to know any field.

/** One thing wrong with a price; `pointer` is a JSON pointer (RFC 6901) into what was read, '' for the whole. */
export type PriceProblem = { readonly pointer: string; readonly message: string };

/** The fields of one object that is being read. */
export type Fields = {
  readonly pointer: string;
  /** Of everything that is read together, this object and others. */
  readonly problems: PriceProblem[];
  /** Of the fields that are there. */
  names(): readonly string[];
  /** The value of a field, undefined when absent; from then on the field is known. */
  take(name: string): unknown;
  problem(name: string, message: string): void;
  /** Reports every field that nobody took. */
  refuseOthers(): void;
};

/** Undefined, with a problem, when the value is no object. */
export function readFields(value: unknown, pointer: string, problems: PriceProblem[]): Fields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.push({ pointer, message: 'must be an object' });
    return undefined;
  }
  const given = new Map<string, unknown>(Object.entries(value));
  const taken = new Set<string>();
  const problem = (name: string, message: string): void => {
    problems.push({ pointer: pointerTo(pointer, name), message });
  };
  return {
    pointer,
    problems,
    problem,
    names: () => [...given.keys()],
    take: (name) => {
      taken.add(name);
      return given.get(name);
    },
    refuseOthers: () => {
      for (const name of given.keys()) if (!taken.has(name)) problem(name, 'is not a field of this price');
    },
  };
}

/** The pointer to a field of what another pointer names. */
export function pointerTo(pointer: string, name: string): string {
  return `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
