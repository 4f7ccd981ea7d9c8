import { useEffect, useRef, useState } from 'preact/hooks';
import { useAddress } from '../address.js';
import { withChanges } from '../query.js';
import { ask, Refused } from './ask.js';
import { noteNewest, useLive } from './live.js';

/**
 * The answer to a question, asked again when the watermark moves. What is shown stays until the next is there: an answer
 * to another question is marked (`isLoading`), not taken away. Null asks nothing.
 * @param {import('./ask.js').Question | null} question
 * @param {{ isLive?: boolean, isPinned?: boolean }} [how] isLive: ask again when the watermark moves; isPinned: follows `as_of` of the page
 * @returns {{ answer: import('./ask.js').Answer | null, problem: import('./ask.js').Problem | null, isLoading: boolean }}
 */
export function useAnswer(question, { isLive = true, isPinned = true } = {}) {
  const { query } = useAddress();
  const { beat, asked } = useLive();
  const asOf = isPinned ? query.get('as_of') : null;
  const full =
    question === null || asOf === null
      ? question
      : { ...question, query: withChanges(question.query ?? new URLSearchParams(), { as_of: asOf }) };
  const name = full === null ? null : JSON.stringify([full.path, full.query?.toString(), full.body]);
  const [found, setFound] = useState({ name: /** @type {string | null} */ (null), answer: null, problem: null });
  const last = useRef(name);
  last.current = name;

  useEffect(() => {
    if (full === null) return;
    const gone = new AbortController();
    ask(full, gone.signal).then(
      (answer) => {
        if (asOf === null) noteNewest(answer.meta);
        if (last.current === name) setFound(/** @type {any} */ ({ name, answer, problem: null }));
      },
      (error) => {
        if (gone.signal.aborted) return;
        const problem = error instanceof Refused ? error.problem : { ...UNEXPECTED, detail: String(error) };
        setFound(
          (before) => /** @type {any} */ ({ name, answer: before.name === name ? before.answer : null, problem }),
        );
      },
    );
    return () => gone.abort();
  }, [name, isLive && asOf === null ? beat : null, asked]);

  if (name === null) return { answer: null, problem: null, isLoading: false };
  return { answer: found.answer, problem: found.name === name ? found.problem : null, isLoading: found.name !== name };
}

const UNEXPECTED = {
  title: 'The answer cannot be shown',
  remedy: 'Load the page anew; if it stays, it is a mistake of the console.',
  code: 'CONSOLE_UNEXPECTED',
  status: 0,
};
