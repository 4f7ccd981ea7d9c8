import { SERVICES } from '../services.ts';
import { chooseId, chooseIds } from './row-choice.ts';
import { type Step, transaction } from './step.ts';
import { customerId, json, moment, orNull, text } from './values.ts';

/** Notifications, and the sagas and events that every service records. */
export const NOTIFICATION_STEPS: Readonly<Record<string, Step>> = {
  'notification with deliveries': transaction('notification', 4, async (sql, random) => {
    const at = moment(random);
    const [row] = await sql.run<{ id: string }>(
      `insert into notifications (user_id, template_id, channel, order_id, payload, created_at)
      values ($1, $2, $3, $4, $5, $6)
      returning id`,
      [
        customerId(random),
        random.between(1, 6),
        random.pick(['email', 'sms']),
        orNull(random, random.between(1, 1000)),
        orNull(random, json(random)),
        at,
      ],
    );
    for (let attempt = random.between(0, 3); attempt > 0; attempt--) {
      await sql.run(
        `insert into deliveries (notification_id, attempt, status, error, attempted_at)
        values ($1, $2, $3, $4, $5)`,
        [row!.id, attempt, random.pick(['queued', 'sent', 'bounced']), orNull(random, text(random)), at],
      );
    }
  }),
  'delivery status': transaction('notification', 2, async (sql, random) => {
    const id = await chooseId(sql, random, 'deliveries');
    if (id !== null) await sql.run("update deliveries set status = 'delivered', error = null where id = $1", [id]);
  }),
  template: transaction('notification', 1, async (sql, random) => {
    await sql.run(
      `insert into templates (name, channel, subject, body, updated_at)
      values ($1, 'email', $2, $3, $4)
      on conflict (name) do update
      set subject = excluded.subject, updated_at = excluded.updated_at`,
      [`template ${random.between(1, 8)}`, orNull(random, text(random)), text(random), moment(random)],
    );
  }),
  'notifications deleted': transaction('notification', 1, async (sql, random) => {
    const ids = await chooseIds(sql, random, { table: 'notifications', count: 5 });
    await sql.run('delete from notifications where id = any ($1)', [ids]);
    if (random.chance(0.5)) await sql.run('delete from deliveries where notification_id = any ($1)', [ids]);
  }),
  'saga across services': {
    weight: 3,
    async run({ random, inTransaction }) {
      const correlationId = random.uuid();
      for (const service of SERVICES.filter(() => random.chance(0.5))) {
        const [id, at] = [random.uuid(), moment(random)];
        await inTransaction(service, async (sql) => {
          await sql.run(
            `insert into saga_coordinator (
              id, saga_type, correlation_id, step, status, payload, started_at, updated_at)
            values ($1, 'workload', $2, 'begun', 'running', $3, $4, $4)`,
            [id, correlationId, json(random), at],
          );
          await sql.run(
            `insert into event_store (
              aggregate_type, aggregate_id, event_type, correlation_id, payload, outcome, occurred_at)
            values ('workload', $1, 'begun', $2, $3, 'succeeded', $4)`,
            [text(random), correlationId, json(random), at],
          );
        });
        if (random.chance(0.4)) continue;
        await inTransaction(service, async (sql) => {
          await sql.run(
            "update saga_coordinator set status = 'completed', compensation = $2, finished_at = $3 where id = $1",
            [id, orNull(random, json(random)), moment(random)],
          );
          if (random.chance(0.3)) await sql.run('delete from saga_coordinator where id = $1', [id]);
        });
      }
    },
  },
};
