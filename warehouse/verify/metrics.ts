import { Counter, Gauge, type Registry } from 'prom-client';
import type { Verification } from './result.ts';

/** What a verification that runs continuously counts. */
export interface VerifyMetrics {
  verified(result: Verification): void;
  /** Everything was compared once. */
  round(): void;
}

export function createVerifyMetrics(registry: Registry): VerifyMetrics {
  const registers = [registry];
  const labelNames = ['kind', 'source', 'name'] as const;
  const differing = new Gauge({
    name: 'millrace_verify_differing_rows',
    help: 'Rows of a replica or model that differed at the last comparison, and still do.',
    labelNames,
    registers,
  });
  const undecided = new Gauge({
    name: 'millrace_verify_undecided_rows',
    help: 'Rows that could not be decided about at the last comparison.',
    labelNames,
    registers,
  });
  const rows = new Counter({
    name: 'millrace_verify_rows_total',
    help: 'Rows compared.',
    labelNames: ['kind'],
    registers,
  });
  const repaired = new Counter({
    name: 'millrace_verify_repaired_rows_total',
    help: 'Rows that differed and were put right.',
    labelNames: ['kind'],
    registers,
  });
  const rounds = new Counter({ name: 'millrace_verify_rounds_total', help: 'Times that all was compared.', registers });
  return {
    verified(result) {
      const { kind, source, name } = result;
      differing.set({ kind, source, name }, result.differing - result.repaired);
      undecided.set({ kind, source, name }, result.undecided);
      rows.inc({ kind }, result.rows);
      repaired.inc({ kind }, result.repaired);
    },
    round: () => rounds.inc(),
  };
}
