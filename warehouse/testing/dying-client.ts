import type { ClickHouseClient } from '@clickhouse/client';

/** What is asked of a client. */
export interface Statement {
  readonly method: string;
  readonly table?: string;
  readonly query?: string;
}

/** A client that fails before or just after the first statement of a kind, and from then on, as that of a killed process. */
export function dyingClient(
  client: ClickHouseClient,
  options: {
    isMeant: (statement: Statement) => boolean;
    moment: 'before' | 'after';
    /** Only that statement fails. */
    isBack?: boolean;
  },
): ClickHouseClient {
  const { isMeant, moment, isBack = false } = options;
  let isDead = false;
  let isMet = false;
  return new Proxy(client, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        if (isDead) throw new Error('killed');
        const isNow = !isMet && isMeant({ method: String(name), ...(args[0] as object) });
        isMet ||= isNow;
        isDead = isNow && !isBack;
        if (isNow && moment === 'before') throw new Error('killed');
        const answer: unknown = await value.apply(target, args);
        if (isNow) throw new Error('killed');
        return answer;
      };
    },
  });
}
