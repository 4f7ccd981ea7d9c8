/** From those who are worth most now to those who are gone. */
export const RFM_SEGMENTS = [
  'champions',
  'loyal',
  'potential_loyalists',
  'new',
  'promising',
  'needs_attention',
  'about_to_sleep',
  'cannot_lose',
  'at_risk',
  'hibernating',
  'lost',
] as const;
export type RfmSegment = (typeof RFM_SEGMENTS)[number];

/** By recency score, 5 first, and by how often and how much (the mean of both scores, a half counts up), 1 first. */
const GRID: readonly (readonly RfmSegment[])[] = [
  ['new', 'potential_loyalists', 'potential_loyalists', 'champions', 'champions'],
  ['promising', 'potential_loyalists', 'potential_loyalists', 'loyal', 'champions'],
  ['about_to_sleep', 'about_to_sleep', 'needs_attention', 'loyal', 'loyal'],
  ['hibernating', 'hibernating', 'at_risk', 'at_risk', 'at_risk'],
  ['lost', 'lost', 'at_risk', 'cannot_lose', 'cannot_lose'],
];

/** Scores from 1 to 5. */
export interface RfmCell {
  readonly recency: number;
  readonly frequency: number;
  readonly monetary: number;
}

/** Precondition: scores from 1 to 5. */
export function segmentOf({ recency, frequency, monetary }: RfmCell): RfmSegment {
  const worth = Math.ceil((frequency + monetary) / 2);
  return GRID[5 - recency]?.[worth - 1] as RfmSegment;
}

/** A cell as one number, 111 to 555. */
export function cellNumber({ recency, frequency, monetary }: RfmCell): number {
  return recency * 100 + frequency * 10 + monetary;
}

const SCORES = [1, 2, 3, 4, 5];

/** Numbers of the cells of a segment. */
export function cellsOf(segment: RfmSegment): number[] {
  const cells = SCORES.flatMap((recency) =>
    SCORES.flatMap((frequency) => SCORES.map((monetary) => ({ recency, frequency, monetary }))),
  );
  return cells.filter((cell) => segmentOf(cell) === segment).map(cellNumber);
}

/** What the segments are, for people. */
export const SEGMENTS_TEXT =
  'Segments by recency score R and the mean of the frequency and monetary scores FM, a half counting up: champions (R5 FM4-5, R4 FM5), ' +
  'loyal (R4 FM4, R3 FM4-5), potential_loyalists (R4-5 FM2-3), new (R5 FM1), promising (R4 FM1), needs_attention (R3 FM3), ' +
  'about_to_sleep (R3 FM1-2), cannot_lose (R1 FM4-5), at_risk (R2 FM3-5, R1 FM3), hibernating (R2 FM1-2), lost (R1 FM1-2).';
