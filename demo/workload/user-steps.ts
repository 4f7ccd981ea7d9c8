import type { Random } from '../random.ts';
import { chooseId, chooseIds, nextId, rotateIds } from './row-choice.ts';
import type { Sql } from './service-connection.ts';
import { type Step, transaction } from './step.ts';
import { customerId, json, moment, orNull, text } from './values.ts';

const SEGMENTS = ['consumer', 'business', 'enterprise', 'student'] as const;

/** Users, profiles and what they do. Customers of orders are the users with the lowest ids. */
export const USER_STEPS: Readonly<Record<string, Step>> = {
  'user with profile': transaction('user', 6, async (sql, random) => {
    const id = await missingUser(sql, random);
    await insertUser(sql, random, id);
    await insertProfile(sql, random, id);
  }),
  'profile before its user': {
    weight: 2,
    async run({ random, inTransaction }) {
      let id = 0;
      await inTransaction('user', async (sql) => {
        id = await nextId(sql, 'users');
        await insertProfile(sql, random, id);
      });
      await inTransaction('user', (sql) => insertUser(sql, random, id));
    },
  },
  'customer moves': transaction('user', 5, async (sql, random) => {
    const id = await chooseId(sql, random, 'profiles', 'user_id');
    if (id === null) return;
    const where = [
      orNull(random, text(random)),
      orNull(random, text(random)),
      orNull(random, random.pick(['DE', 'JP'])),
    ];
    await sql.run('update profiles set city = $2, region = $3, country = $4 where user_id = $1', [id, ...where]);
  }),
  'segment changes': transaction('user', 5, async (sql, random) => {
    const id = await chooseId(sql, random, 'profiles', 'user_id');
    if (id === null) return;
    await sql.run('update profiles set segment = $2, updated_at = $3 where user_id = $1', [
      id,
      random.pick(SEGMENTS),
      moment(random),
    ]);
  }),
  'user status': transaction('user', 3, async (sql, random) => {
    const id = await chooseId(sql, random, 'users');
    if (id === null) return;
    await sql.run('update users set status = $2 where id = $1', [id, random.pick(['active', 'suspended', 'closed'])]);
  }),
  'user deleted': transaction('user', 1.5, async (sql, random) => {
    const id = await chooseId(sql, random, 'users');
    if (id === null) return;
    if (random.chance(0.6)) await sql.run('delete from profiles where user_id = $1', [id]);
    await sql.run('delete from users where id = $1', [id]);
  }),
  'user key': transaction('user', 1.5, async (sql, random) => {
    const id = await chooseId(sql, random, 'users');
    if (id === null) return;
    const to = await nextId(sql, 'users');
    await sql.run('update users set id = $2 where id = $1', [id, to]);
    if (random.chance(0.7)) await sql.run('update profiles set user_id = $2 where user_id = $1', [id, to]);
  }),
  'user keys rotated': transaction('user', 1, (sql, random) => rotateIds(sql, random, 'users')),
  'role granted, exchanged and revoked': transaction('user', 3, async (sql, random) => {
    const id = await chooseId(sql, random, 'users');
    if (id === null) return;
    const at = moment(random);
    const insert = 'insert into user_roles (user_id, role_id, granted_at) values ($1, $2, $3) on conflict do nothing';
    await sql.run(insert, [id, random.between(1, 3), at]);
    await sql.run(
      `update user_roles
      set role_id = $2
      where (user_id, role_id) in (
        select user_id, role_id
        from user_roles
        where user_id = $1
        order by role_id
        limit 1)
        and not exists (select from user_roles where user_id = $1 and role_id = $2)`,
      [id, random.between(1, 3)],
    );
    if (random.chance(0.3)) await sql.run('delete from user_roles where user_id = $1', [id]);
  }),
  'session starts and ends': {
    weight: 3,
    async run({ random, inTransaction }) {
      const id = random.uuid();
      await inTransaction('user', async (sql) => {
        await sql.run('insert into sessions (id, user_id, started_at, device, ip) values ($1, $2, $3, $4, $5)', [
          id,
          customerId(random),
          moment(random),
          text(random),
          orNull(random, random.pick(['10.0.0.1', '2001:db8::1', '192.168.0.0/16'])),
        ]);
      });
      if (random.chance(0.3)) return;
      await inTransaction('user', async (sql) => {
        await sql.run('update sessions set ended_at = $2 where id = $1', [id, moment(random)]);
      });
    },
  },
  activity: transaction('user', 5, async (sql, random) => {
    for (let left = random.between(1, 3); left > 0; left--) {
      await sql.run('insert into activity (user_id, kind, occurred_at, payload) values ($1, $2, $3, $4)', [
        customerId(random),
        random.pick(['view', 'search', 'basket']),
        moment(random),
        orNull(random, json(random)),
      ]);
    }
  }),
  // The payload may be out of line, and is then not sent again.
  'activity of another kind': transaction('user', 3, async (sql, random) => {
    const id = await chooseId(sql, random, 'activity');
    if (id !== null) await sql.run('update activity set kind = $2 where id = $1', [id, text(random)]);
  }),
  'activity key': transaction('user', 1, async (sql, random) => {
    const id = await chooseId(sql, random, 'activity');
    if (id !== null) await sql.run('update activity set id = $2 where id = $1', [id, await nextId(sql, 'activity')]);
  }),
  'old activity deleted': transaction('user', 0.5, async (sql, random) => {
    const ids = await chooseIds(sql, random, { table: 'activity', count: 40 });
    await sql.run('delete from activity where id = any ($1)', [ids]);
  }),
};

/** A customer's id that is free, most often; else a new one. */
async function missingUser(sql: Sql, random: Random): Promise<number> {
  const id = customerId(random);
  const taken = await sql.run('select from users where id = $1 union all select from profiles where user_id = $1', [
    id,
  ]);
  return taken.length === 0 ? id : nextId(sql, 'users');
}

/** `on conflict` since a rotated sequence may have given the id out before. */
async function insertUser(sql: Sql, random: Random, id: number): Promise<void> {
  const at = moment(random);
  await sql.run(
    `insert into users (id, email, status, created_at, updated_at)
    values ($1, $2, 'active', $3, $3)
    on conflict do nothing`,
    [id, `${random.uuid()}@example.com`, at],
  );
}

async function insertProfile(sql: Sql, random: Random, userId: number): Promise<void> {
  await sql.run(
    `insert into profiles (
      user_id, first_name, last_name, phone, city, region, country, segment, acquisition_channel, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    on conflict do nothing`,
    [
      userId,
      text(random),
      text(random),
      orNull(random, text(random)),
      orNull(random, text(random)),
      orNull(random, text(random)),
      orNull(random, random.pick(['DE', 'JP', 'US'])),
      random.pick(SEGMENTS),
      random.pick(['organic', 'search', 'partner']),
      moment(random),
    ],
  );
}
