/** Passwords by server, as libpq's password file has them (https://www.postgresql.org/docs/18/libpq-pgpass.html). */
export interface PasswordFile {
  /** The first line that matches; null when there is none. */
  find(connection: { host: string; port: string; database: string; user: string }): string | null;
}

/** Reads the text of a `.pgpass`: `host:port:database:user:password`, `*` for any, `\:` and `\\` for themselves. */
export function parsePasswordFile(text: string): PasswordFile {
  const lines = text
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(fieldsOf)
    .filter((fields) => fields.length >= 5);
  return {
    find({ host, port, database, user }) {
      const asked = [host, port, database, user];
      const line = lines.find((fields) =>
        asked.every((value, index) => fields[index] === '*' || fields[index] === value),
      );
      return line?.[4] ?? null;
    },
  };
}

function fieldsOf(line: string): string[] {
  const fields: string[] = [];
  let field = '';
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === '\\' && at + 1 < line.length) field += line.charAt(++at);
    else if (character === ':' && fields.length < 4) {
      fields.push(field);
      field = '';
    } else field += character;
  }
  return [...fields, field];
}
