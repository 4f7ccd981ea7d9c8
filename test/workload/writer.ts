import { Client } from 'pg';

/** A connection that survives the server's restarts: what failed is left out, as a service would do it after an error. */
export interface Writer {
  /** Sends the statements one after the other; after an error the rest is left out and rolled back, and it answers false. */
  run(statements: readonly string[]): Promise<boolean>;
  /** Lends the connection; what the action rejects with is left out. */
  use(action: (client: Client) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

const AGAIN_MS = 50;

export function createWriter(url: string): Writer {
  let client: Client | null = null;

  async function connected(): Promise<Client> {
    for (;;) {
      if (client !== null) return client;
      const connecting = new Client({ connectionString: url });
      connecting.on('error', () => {
        if (client === connecting) client = null;
      });
      try {
        await connecting.connect();
        client = connecting;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  return {
    async run(statements) {
      const used = await connected();
      try {
        for (const statement of statements) await used.query(statement);
        return true;
      } catch {
        // A collision of keys, a deadlock, or the server is away.
        await used.query('rollback').catch(() => {
          if (client === used) client = null;
        });
        return false;
      }
    },
    async use(action) {
      const used = await connected();
      try {
        await action(used);
      } catch {
        if (client === used) client = null;
        await used.end().catch(() => {});
      }
    },
    async close() {
      await client?.end().catch(() => {});
    },
  };
}
