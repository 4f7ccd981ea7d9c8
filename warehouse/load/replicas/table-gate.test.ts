import { describe, expect, it } from 'vitest';
import { createTableGate } from './table-gate.ts';

const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

describe('a table gate', () => {
  it('changes nothing while an insert is under way, and lets no later one in before', async () => {
    const gate = createTableGate();
    const seen: string[] = [];
    const first = Promise.withResolvers<void>();
    const change = Promise.withResolvers<void>();
    const insert = gate.pass(async () => {
      seen.push('insert');
      await first.promise;
    });
    const changed = gate.close(async () => {
      seen.push('change');
      await change.promise;
    });
    const later = gate.pass(async () => {
      seen.push('later');
    });
    await turns();
    expect(seen).toEqual(['insert']);
    first.resolve();
    await insert;
    await turns();
    expect(seen).toEqual(['insert', 'change']);
    change.resolve();
    await Promise.all([changed, later]);
    expect(seen).toEqual(['insert', 'change', 'later']);
  });

  it('makes one change at a time', async () => {
    const gate = createTableGate();
    const first = Promise.withResolvers<void>();
    const seen: string[] = [];
    const one = gate.close(() => first.promise);
    const two = gate.close(async () => {
      seen.push('two');
    });
    await turns();
    expect(seen).toEqual([]);
    first.resolve();
    await Promise.all([one, two]);
    expect(seen).toEqual(['two']);
  });

  it('opens again when a change or an insert failed', async () => {
    const gate = createTableGate();
    await expect(gate.close(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    await expect(gate.pass(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    await expect(gate.close(async () => 1)).resolves.toBe(1);
    await expect(gate.pass(async () => 2)).resolves.toBe(2);
  });
});
