import { seededRandom } from "../conformance/cuts.ts";

/** Numbers in [0, 1), the same for the same seed. */
export type Random = () => number;

/** One source of chance for each who acts, so that what one does never depends on when another does it. */
export const randomOf = (seed: number, who: number): Random =>
  seededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(who + 1, 0x85ebca6b));

export const chance = (random: Random, probability: number): boolean => random() < probability;

export const pick = <T>(random: Random, some: readonly T[]): T =>
  some[Math.floor(random() * some.length)]!;

/** An integer in [from, to]. */
export const between = (random: Random, from: number, to: number): number =>
  from + Math.floor(random() * (to - from + 1));
