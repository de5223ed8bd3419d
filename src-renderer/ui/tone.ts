/** Colour families: accent is well, amber needs you, red is refused, blue is on its way or this PC, violet the other side. */
export type Tone = 'accent' | 'amber' | 'red' | 'blue' | 'violet' | 'grey';
