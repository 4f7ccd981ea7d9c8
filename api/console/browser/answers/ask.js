import { parseExact } from '../exact/exact.js';

/**
 * @typedef {{ parameter: string, problem: string, allowed: string | string[] }} WrongParameter
 * @typedef {{ title: string, detail: string, remedy: string, code: string, status: number, errors?: WrongParameter[] }} Problem
 * @typedef {{ path: string, query?: URLSearchParams, body?: unknown }} Question
 * @typedef {{ data: any, meta: any }} Answer
 */

/** An answer that is no answer: what the server's problem document says, or that there is no server. */
export class Refused extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.title);
    this.problem = problem;
  }
}

const KEY = 'millrace-key';

/** Kept until the tab is closed, and sent nowhere but to this server. */
export const apiKey = {
  get: () => sessionStorage.getItem(KEY),
  /** @param {string | null} key */
  set(key) {
    if (key === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, key);
    kept.clear(); // another key may see something else
  },
};

/** Answers with their tags: what did not change is not sent again. @type {Map<string, { tag: string, answer: any }>} */
const kept = new Map();
const MAX_KEPT = 40;

/** @param {Question} question */
export function addressOf({ path, query }) {
  const text = query?.toString() ?? '';
  return text === '' ? path : `${path}?${text}`;
}

/** @param {Question} question @param {RequestInit} [more] */
export function fetchAnswer(question, more = {}) {
  const key = apiKey.get();
  const { body } = question;
  return fetch(addressOf(question), {
    ...more,
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...more.headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/**
 * Asks the API; the same object as before when nothing changed. Throws Refused.
 * @param {Question} question @param {AbortSignal} signal @returns {Promise<Answer>}
 */
export async function ask(question, signal) {
  const name = JSON.stringify([addressOf(question), question.body ?? null]);
  const known = kept.get(name);
  const response = await fetchPatiently(question, {
    signal,
    ...(known !== undefined && { headers: { 'if-none-match': known.tag } }),
  }).catch((cause) => {
    throw signal.aborted ? cause : new Refused(noAnswer());
  });
  if (response.status === 304 && known !== undefined) return known.answer;
  const text = await response.text();
  if (!response.ok) throw new Refused(problemOf(response, text));
  const answer = parseExact(text);
  const tag = response.headers.get('etag');
  if (tag !== null) {
    kept.delete(name);
    kept.set(name, { tag, answer });
    if (kept.size > MAX_KEPT) kept.delete(/** @type {string} */ (kept.keys().next().value));
  }
  return answer;
}

const MAX_RETRIES = 2;
const MAX_WAIT_SECONDS = 3;

/** A server that says when to come again is asked again then, before anybody is told. @param {Question} question @param {RequestInit & { signal: AbortSignal }} more */
async function fetchPatiently(question, more) {
  for (let tries = 0; ; tries++) {
    const response = await fetchAnswer(question, more);
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    if (response.status !== 503 || !(seconds <= MAX_WAIT_SECONDS) || tries === MAX_RETRIES) return response;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    more.signal.throwIfAborted();
  }
}

/** @returns {Problem} */
function noAnswer() {
  return {
    title: 'The server does not answer',
    detail: 'The connection was refused or lost. What is shown is what it said last.',
    remedy: 'It is asked again every few seconds. Is the API running, and is this machine connected?',
    code: 'CONSOLE_NO_ANSWER',
    status: 0,
  };
}

/** @param {Response} response @param {string} text @returns {Problem} */
function problemOf(response, text) {
  if (response.headers.get('content-type')?.includes('problem+json')) {
    const problem = JSON.parse(text);
    return { detail: '', remedy: '', code: '', ...problem, status: response.status };
  }
  return {
    title: `The server answered ${response.status}`,
    detail: response.statusText,
    remedy: 'This is not how the API reports problems: is there a proxy in between?',
    code: 'CONSOLE_UNKNOWN_ANSWER',
    status: response.status,
  };
}
