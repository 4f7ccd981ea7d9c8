import { nearest } from '../../runtime/config/nearest.ts';
import { quoteShort } from '../parameters/parameter.ts';
import { type ParameterProblem, parametersInvalid } from '../problems/problem.ts';

/** Reads what a client wrote as JSON, and notes everything that is wrong with its place and what is allowed there. */
export interface BodyReader {
  wrong(place: string, problem: string, allowed: string | readonly string[]): void;
  /** The elements of a list; none where there is none, or what is there is not one. */
  list(value: unknown, place: string, max: number): readonly unknown[];
  /** Null for what is not an object; members that are none of these are wrong. */
  object(value: unknown, place: string, members: readonly string[]): Readonly<Record<string, unknown>> | null;
  /** The one that has the name; null for a name that none has. */
  named<T extends { readonly name: string }>(all: readonly T[], name: unknown, place: string): T | null;
  isRight(): boolean;
  /** Throws API_PARAMETERS_INVALID when something was wrong. */
  end(): void;
}

export function createBodyReader(): BodyReader {
  const problems: ParameterProblem[] = [];
  const wrong: BodyReader['wrong'] = (parameter, problem, allowed) =>
    void problems.push({ parameter, problem, allowed });
  return {
    wrong,
    list(value, place, max) {
      if (value === undefined || value === null) return [];
      if (!Array.isArray(value)) wrong(place, 'is no list', 'a list');
      else if (value.length > max) wrong(place, `${value.length} are too many`, `up to ${max}`);
      else return value;
      return [];
    },
    object(value, place, members) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        wrong(place || 'body', 'is no object', `an object with ${members.join(', ')}`);
        return null;
      }
      for (const name of Object.keys(value)) {
        if (members.includes(name)) continue;
        const shown = quoteShort(name).slice(1, -1);
        wrong(
          place === '' ? shown : `${place}.${shown}`,
          `there is no such member here${meant(name, members)}`,
          members,
        );
      }
      return value as Readonly<Record<string, unknown>>;
    },
    named(all, name, place) {
      const found = all.find((each) => each.name === name);
      if (found !== undefined) return found;
      const names = all.map((each) => each.name);
      const given =
        typeof name === 'string' ? `${quoteShort(name)} is none of them${meant(name, names)}` : 'a name is missing';
      wrong(place, given, names);
      return null;
    },
    isRight: () => problems.length === 0,
    end() {
      if (problems.length > 0) throw parametersInvalid(problems);
    },
  };
}

function meant(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return near === null ? '' : `; did you mean ${near}?`;
}
