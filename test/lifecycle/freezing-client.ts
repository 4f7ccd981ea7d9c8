import type { ClickHouseClient } from '@clickhouse/client';

/** A client whose process can be "killed" at any statement: from then on nothing reaches the server. */
export interface FreezingClient {
  readonly client: ClickHouseClient;
  /** Freezes at the first statement that matches, before it is sent or after it was carried out. */
  freezeAt(pattern: RegExp, when: 'before' | 'after'): void;
  isFrozen(): boolean;
}

export function createFreezingClient(inner: ClickHouseClient): FreezingClient {
  let frozen = false;
  let point: { pattern: RegExp; when: 'before' | 'after' } | null = null;
  const never = new Promise<never>(() => {});

  function statementOf(argument: unknown): string {
    const { query, table } = (argument ?? {}) as { query?: string; table?: string };
    return (query ?? `insert into ${table}`).replaceAll(/\s+/g, ' ').trim();
  }

  async function run(call: () => Promise<unknown>, statement: string): Promise<unknown> {
    if (frozen) return never;
    const hit = point?.pattern.test(statement) === true;
    if (hit && point?.when === 'before') {
      frozen = true;
      return never;
    }
    const result = await call();
    if (frozen) return never;
    if (hit && point?.when === 'after') {
      frozen = true;
      return never;
    }
    return result;
  }

  const client = new Proxy(inner, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      const method = value as (...args: unknown[]) => Promise<unknown>;
      if (!['query', 'command', 'insert', 'exec'].includes(String(property))) return method.bind(target);
      return (argument: unknown) => run(() => method.call(target, argument), statementOf(argument));
    },
  });
  return {
    client,
    freezeAt(pattern, when) {
      point = { pattern, when };
    },
    isFrozen: () => frozen,
  };
}
