const MAX_CHARACTERS = 8_192;
/** Keys of ours, and tokens, wherever somebody put them by mistake. */
const SECRETS = /mr_[a-z0-9]{10}_[A-Za-z0-9_-]+|eyJ[\w-]+\.[\w-]+\.[\w-]*/g;
/** Parameters that are named so hold one, whatever it looks like. */
const SECRET_NAMES = /pass(?:word|wd)?|secret|token|api[-_]?key|authorization|^key$/i;

/** What was asked, as JSON: parameters of the address, names in its path, and the question that was sent. Never a secret. */
export function auditParameters(asked: { query: unknown; params: unknown; body: unknown }): string {
  const present = Object.entries(asked).filter(([, value]) => !isEmpty(value));
  const text = JSON.stringify(Object.fromEntries(present), (name, value: unknown) =>
    SECRET_NAMES.test(name) ? '***' : value,
  );
  const clean = withoutSecrets(text);
  return clean.length <= MAX_CHARACTERS ? clean : JSON.stringify({ cut_off: clean.slice(0, MAX_CHARACTERS) });
}

export function withoutSecrets(text: string): string {
  return text.replaceAll(SECRETS, '***');
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}
