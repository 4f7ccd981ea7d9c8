/** Would run, or break the page, wherever it is not escaped: every place has a number of its own. */
export function attack(place: number): string {
  return `</script></code></title><script>alert(${place})</script><img src=x onerror=alert(${place})>" onfocus="alert(${place})" '{}&amp; 日本 🙂`;
}

const NAME = 'say "hi" <img src=x onerror=alert(1)> & \'bye\' 100% #1?';
const TABLE = 'a/b "c" <script>alert(2)<\\/script> ..';

/** Names and texts that no project should have, but may. */
export const STRANGE_PROJECT: Readonly<Record<string, string>> = {
  'dbt_project.yml': `name: ${JSON.stringify(attack(3))}\n`,
  'README.md': `# ${attack(4)}\n\n${attack(5)}\n\n- ${attack(6)}\n\n| ${attack(7)} |\n|---|\n| x |\n\n\`\`\`\n${attack(8)}\n\`\`\`\n\n[x](javascript:alert(9))`,
  [`models/<b>layer & "x"/${NAME}.sql`]: `{# ${attack(10)} #}\nselect ${quoted(attack(11))} as a from {{ source('shop', ${JSON.stringify(TABLE)}) }} -- ${attack(12)}`,
  'models/tables/after.sql': `{{ config(materialized='table', unique_key='<i>a', meta={'maintenance': {'strategy': 'static'}}) }} select 1 as a`,
  'models/tables/last.sql': `select * from {{ ref(${JSON.stringify(NAME)}) }}, {{ ref('after') }}`,
  'models/schema.yml': JSON.stringify({
    models: [
      {
        name: NAME,
        description: attack(13),
        columns: [
          {
            name: attack(14),
            description: attack(15),
            data_type: attack(16),
            data_tests: [{ accepted_values: { values: [attack(17)] } }, attack(18)],
          },
        ],
        data_tests: [{ [attack(19)]: { description: attack(20), x: attack(21) } }],
      },
    ],
    sources: [{ name: 'shop', description: attack(22), tables: [{ name: TABLE, description: attack(23) }] }],
    unit_tests: [{ name: attack(24), model: NAME, description: attack(25) }],
  }),
};

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''").replaceAll('{', '(')}'`;
}
