/** One wrong parameter. */
export interface WrongParameter {
  readonly parameter: string;
  readonly problem: string;
  readonly allowed: string | readonly string[];
}

/** What the API answers instead of data (RFC 9457). Decide by `code`, which is stable; show `detail` and `remedy` to people. */
export class ProblemError extends Error {
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly remedy: string;
  readonly errors: readonly WrongParameter[];
  /** Seconds after which another try makes sense; null when it does not. */
  readonly retryAfterSeconds: number | null;

  constructor(
    document: { code?: string; detail?: string; remedy?: string; errors?: readonly WrongParameter[]; title?: string },
    status: number,
    retryAfterSeconds: number | null,
  ) {
    super(`${document.code ?? status}: ${document.detail ?? document.title ?? 'no problem document came'}`);
    this.name = 'ProblemError';
    this.code = document.code ?? 'UNKNOWN';
    this.status = status;
    this.detail = document.detail ?? '';
    this.remedy = document.remedy ?? '';
    this.errors = document.errors ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Of an answer that is no success. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const text = await response.text();
  const wait = response.headers.get('retry-after');
  let document = {};
  try {
    document = JSON.parse(text);
  } catch {
    // Not ours: a proxy's page, or nothing.
  }
  return new ProblemError(document, response.status, wait === null ? null : Number(wait));
}
